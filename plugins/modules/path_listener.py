#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: path_listener
short_description: Listen on ports for a short while, so that another host can prove the path to this one
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Starts a listener that answers the checks of kind V(nonce) which M(fieldnet.iot.probe) makes on another host with
    the same key. The task ends as soon as the listener listens.
  - This is how a flow inside a VLAN is proved, in both directions, and how the isolation of clients by an access point
    is found.
  - The listener is one process. It ends when it is told to, or when its lifetime is over, also when the controller or
    the SSH connection died meanwhile. It leaves no file and no firewall rule, since it never makes any.
  - It says nothing to those who do not know the key, and its answers are never longer than the questions.
requirements:
  - Linux
  - root, for ports below 1024
attributes:
  check_mode:
    description: Says whether a listener would be started or stopped, and does neither.
    support: full
  diff_mode:
    description: There is nothing to show, since a listener has no file.
    support: none
  idempotent:
    description: A listener with the same key and ports that has at least half of its lifetime left stays as it is.
    support: full
  platform:
    description: Needs Linux.
    platforms: linux
    support: full
options:
  state:
    description: Whether the listener shall be V(started) or V(stopped).
    type: str
    choices: [started, stopped]
    default: started
  key:
    description:
      - What the listener is found by and what the prober must know. 16 to 256 printable ASCII characters without
        spaces. Never shown.
      - Take a new one for each run.
    type: str
    required: true
  ports:
    description: The ports to listen on, at most 64. Needed to start.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        required: true
      port:
        description: The port, V(1) to V(65535).
        type: raw
        required: true
  lifetime:
    description: Seconds after which the listener ends by itself, V(1) to V(3600).
    type: int
    default: 60
  addresses:
    description: The addresses of this host to listen on. By default all of them.
    type: list
    elements: str
    default: ["0.0.0.0", "::"]
notes:
  - The host's own firewall is not changed. Where it drops what comes to the port, that is what the prober will find.
seealso:
  - module: fieldnet.iot.probe
"""

EXAMPLES = r"""
- name: Listen as a reader would
  fieldnet.iot.path_listener:
    key: "{{ pair_key }}"
    ports:
      - {protocol: udp, port: 62435}
    lifetime: 30
  delegate_to: reader.example.com

- name: Ask it from where the controller is
  fieldnet.iot.probe:
    responder_key: "{{ pair_key }}"
    checks:
      - {kind: nonce, host: 10.40.0.20, port: 62435, protocol: udp}
  register: seen

- name: Stop listening
  fieldnet.iot.path_listener:
    key: "{{ pair_key }}"
    state: stopped
  delegate_to: reader.example.com
"""

RETURN = r"""
pid:
  description: The process that listens, or listened.
  type: int
  returned: if there is or was one
  sample: 4711
ports:
  description: What it listens on, or listened on.
  type: list
  elements: str
  returned: if there is or was one
  sample: [udp/62435]
remaining:
  description: Seconds that it lives on at most, or would have lived on.
  type: float
  returned: if there is or was one
  sample: 30.0
errors:
  description: What is wrong with the options, one entry each.
  type: list
  elements: str
  returned: if the options are refused
  sample: ["ports[0].port: is not a port (1 to 65535)"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._responder._pair import run_module

PORT = {
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "port": {"type": "raw", "required": True},
}
ARGUMENTS = {
    "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
    "key": {"type": "str", "required": True, "no_log": True},
    "ports": {"type": "list", "elements": "dict", "default": [], "options": PORT},
    "lifetime": {"type": "int", "default": 60},
    "addresses": {"type": "list", "elements": "str", "default": ["0.0.0.0", "::"]},
}


def main() -> None:
    """Run the module."""
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
