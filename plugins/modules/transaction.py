#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: transaction
short_description: Change a host so that it puts itself back unless you confirm over a new connection
version_added: 1.0.0
description:
  - Firewall, DNS and DHCP of a gateway can be changed as one. Give the modules of this collection the same
    O(ignore:transaction), look whether the site works, then confirm. Unless that happens in time, the host puts
    everything back, by a timer of its own that needs neither Ansible nor Python. After a power cut the next boot does
    it, before the services start.
  - What the confirmation proves is that the host still takes new connections. The action resets the connection of the
    play, makes a new one, and the host compares it with those over which it was changed.
  - Other roles can use it, too. They name the files that they are about to change, and the commands that make the old
    ones take effect again.
  - One transaction can be open on a host. Another run is refused, and told whose it is and when it ends by itself.
attributes:
  check_mode:
    description: Says whether something would change.
    support: full
  diff_mode:
    description: There is nothing to show. The modules that join show what they change.
    support: none
  idempotent:
    description: Confirming and rolling back twice changes nothing the second time. V(started) sets the timer each time.
    support: partial
  platform:
    description: Needs Linux. Without systemd it works, too, but a power cut is not put back by itself.
    platforms: linux
    support: full
requirements:
  - flock and setsid (util-linux) on the managed host
  - root
options:
  id:
    description:
      - The name of the transaction, new for each run, for example made from the time or from the id of a job.
      - Letters, digits, dots, underscores and dashes, at most 64. Required unless O(state=status).
    type: str
  state:
    description:
      - V(started) opens the transaction. Where it is open, it sets its timer anew, and takes more O(files) and O(undo).
        The modules of this collection open it by themselves when they have something to change.
      - V(confirmed) makes everything last that has joined. Beforehand each part is compared with what was applied.
      - V(rolled_back) puts everything back now.
      - V(status) tells what is open and what was put back last.
    type: str
    choices: [started, confirmed, rolled_back, status]
    default: started
  timeout:
    description:
      - With V(started), the seconds after which the host puts everything back.
      - With V(confirmed), the seconds that the action waits for a host that cannot be reached. It should be at least
        the time of the timer.
    type: int
    default: 120
  reason:
    description: Why it is put back, for those who read about it later.
    type: str
    default: it was asked for
  files:
    description:
      - Absolute paths of the files that are about to be changed, made or removed. Symbolic links are kept as such.
      - Each is put back with content, mode and owner, or removed if it is not there now.
    type: list
    elements: str
    default: []
  undo:
    description:
      - Commands of sh that are run after the files are back. Each must bear to be run twice.
      - They are not run when the host boots. The services start after the files are back then.
    type: list
    elements: str
    default: []
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Change the firewall and the DHCP server as one
  block:
    - name: Allow the flows
      fieldnet.iot.firewall_policy:
        interfaces: [{name: vlan40, subnet: 10.40.0.0/24}]
        flows: [{id: iot/dns, interface: vlan40, protocol: udp, port: 53, to: [10.40.0.1]}]
        transaction: run-4711

    - name: Hold the addresses
      fieldnet.iot.dhcp_reservations:
        backend: kea
        reservations: [{name: front-door, mac: "02:00:00:00:00:10", ip: 10.40.0.10, subnet: 10.40.0.0/24}]
        transaction: run-4711

    - name: Keep it
      fieldnet.iot.transaction:
        id: run-4711
        state: confirmed
  rescue:
    - name: Put all of it back
      fieldnet.iot.transaction:
        id: run-4711
        state: rolled_back
        reason: "{{ ansible_failed_result.msg }}"

- name: Change a file of another role, with a way back
  fieldnet.iot.transaction:
    id: sshd-4711
    files: [/etc/ssh/sshd_config.d/site.conf]
    undo: [systemctl reload ssh]
    timeout: 60
"""

RETURN = r"""
open:
  description: The transaction that is open now, or null.
  returned: success, except for V(started) in check mode
  type: dict
  contains:
    id: {description: Its id., type: str, sample: run-4711}
    since: {description: When it was opened (UTC)., type: str, sample: "2026-11-21T11:30:00Z"}
    ends: {description: When the host puts it back by itself (UTC)., type: str, sample: "2026-11-21T11:32:00Z"}
    parts: {description: What has joined., type: list, elements: str, sample: [firewall, dhcp]}
last_rolled_back:
  description: The transaction that was put back last, or null.
  returned: success, except for V(started) in check mode
  type: dict
  contains:
    id: {description: Its id., type: str, sample: run-4710}
    time: {description: When it was put back (UTC)., type: str, sample: "2026-11-21T11:02:00Z"}
    reason: {description: Why., type: str, sample: nobody confirmed it in time}
    complete: {description: Whether everything could be put back., type: bool, sample: true}
    output: {description: What its commands said., type: str, sample: ""}
connection:
  description:
    - V(new) if the confirmation came over another SSH connection than the changes.
    - V(not_ssh) where the host is not managed over SSH, so that nothing is proven about new connections.
  returned: if a transaction was confirmed
  type: str
  sample: new
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._manage import run_transaction

ARGUMENTS: t.Dict[str, t.Any] = {
    "id": {"type": "str"},
    "state": {"type": "str", "default": "started", "choices": ["started", "confirmed", "rolled_back", "status"]},
    "timeout": {"type": "int", "default": 120},
    "reason": {"type": "str", "default": "it was asked for"},
    "files": {"type": "list", "elements": "str", "default": []},
    "undo": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_transaction(module)


if __name__ == "__main__":
    main()
