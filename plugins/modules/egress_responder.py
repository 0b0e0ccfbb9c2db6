#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: egress_responder
short_description: Run our own responder on a host outside the sites, so that probes can prove ports end to end
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Installs and runs C(fieldnet-iot-responder.service), which listens on the given ports and answers the checks of kind
    V(nonce) that M(fieldnet.iot.probe) makes with the same key.
  - The service is one Python program without dependencies. It runs under systemd as a user of its own with the one
    right to listen on ports below 1024, and sees nothing of the host.
  - It says nothing to those who do not know the key. Its answers are never longer than the questions, and their number
    per second is limited.
  - Before anything is written, every port is tried. A port in use is named, together with the program that uses it.
  - After a change the service is asked as a probe would ask it. If it does not answer, the old state is put back.
extends_documentation_fragment:
  - fieldnet.iot._transaction
requirements:
  - Linux with systemd 240 or newer and Python 3.8 or newer
  - root
attributes:
  check_mode:
    description: Reports what would change, tries the ports, and changes nothing.
    support: full
  diff_mode:
    description: Shows configuration and unit, the program by its checksum, and of the key nothing.
    support: full
  idempotent:
    description: A second run finds nothing to change.
    support: full
  platform:
    description: Needs Linux with systemd.
    platforms: linux
    support: full
options:
  state:
    description: Whether the responder runs, now and after a reboot, or is removed with all its files.
    type: str
    choices: [present, absent]
    default: present
  key:
    description: The key shared with the probes, 16 to 256 printable ASCII characters without spaces. Never shown.
    type: str
  ports:
    description:
      - The ports to listen on, at most 500.
      - P(fieldnet.iot.vendor_ports#lookup) returns those of vendors in this form.
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
  addresses:
    description: The addresses of the host to listen on. By default all of them.
    type: list
    elements: str
    default: ["0.0.0.0", "::"]
  per_source:
    description:
      - Answers per second to one IPv4 address, or one IPv6 network of 64 bits, V(1) to V(10000).
      - Four times as many may come at once.
    type: int
    default: 50
  total:
    description: Answers per second in total, V(1) to V(10000). Four times as many may come at once.
    type: int
    default: 500
notes:
  - The host's own firewall is not changed. It has to let the ports in.
seealso:
  - module: fieldnet.iot.probe
  - plugin: fieldnet.iot.vendor_ports
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Listen on every port that the vendors' devices use
  fieldnet.iot.egress_responder:
    key: "{{ vault_responder_key }}"
    ports: "{{ query('fieldnet.iot.vendor_ports', 'kisi', 'spiio', 'tsi', exclude=[22]) }}"
  become: true

- name: Remove it
  fieldnet.iot.egress_responder:
    state: absent
  become: true
"""

RETURN = r"""
differences:
  description: What was not as it shall be. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: ["/etc/fieldnet-iot/responder.json", "fieldnet-iot-responder.service is not active"]
missing_packages:
  description: The packages without which the module cannot work.
  returned: if programs are missing
  type: list
  elements: str
  sample: [python3]
problems:
  description: What is wrong with the options, one entry each.
  returned: if the options are refused
  type: list
  elements: str
  sample: ["ports[0].port: is not a port (1 to 65535)"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._runner import run_module
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._membership import TRANSACTION
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._deploy import Responder, parse

if t.TYPE_CHECKING:
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Steps

PORT = {
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "port": {"type": "raw", "required": True},
}
ARGUMENTS = {
    **TRANSACTION,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "key": {"type": "str", "no_log": True},
    "ports": {"type": "list", "elements": "dict", "default": [], "options": PORT},
    "addresses": {"type": "list", "elements": "str", "default": ["0.0.0.0", "::"]},
    "per_source": {"type": "int", "default": 50},
    "total": {"type": "int", "default": 500},
}


def build(options: t.Mapping[str, t.Any]) -> Steps:
    """The steps that lead to the wished state."""
    return Responder(parse(options) if options["state"] == "present" else None)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_module(module, lambda: build(module.params))


if __name__ == "__main__":
    main()
