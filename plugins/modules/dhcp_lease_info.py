#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_lease_info
short_description: Read the leases of a gateway's DHCP server
version_added: 1.0.0
description:
  - Returns the DHCPv4 leases of dnsmasq, Kea and ISC dhcpd in one shape.
  - Finds out itself which of them runs, and where it keeps its leases, from the configuration that it was started with.
    Files are read as the daemon itself would read them, Kea's with what its clean-up left beside them. A Kea that keeps
    no file is asked over its control socket, which needs the hook library C(libdhcp_lease_cmds.so).
  - A row that can't be read is told, and the others are returned all the same.
attributes:
  check_mode:
    description: Runs in check mode as ever and returns the same, since it changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show, since nothing changes.
    support: none
  idempotent:
    description: Changes nothing, however often it runs.
    support: full
  platform:
    description: Needs Linux. With O(path) any system with Python will do.
    platforms: posix
    support: full
options:
  backend:
    description: Which server's leases to read. V(auto) reads those of every server that runs on the host.
    type: str
    choices: [auto, dnsmasq, kea, isc]
    default: auto
  path:
    description:
      - A lease file to read instead, of the server that O(backend) names. That server need not run.
      - For V(kea) the files that its clean-up leaves beside this one are read, too.
    type: path
notes:
  - Kea and ISC dhcpd let only themselves and root read their leases, so become is usually needed.
  - ISC dhcpd keeps no lease for a host with a fixed address, so that a device with a reservation is not among its
    leases. M(fieldnet.iot.device_info) sees such devices.
  - When a lease started is not known to dnsmasq.
author:
  - fieldnet.iot contributors (@fieldnet)
seealso:
  - module: fieldnet.iot.device_info
  - module: fieldnet.iot.dhcp_reservations
"""

EXAMPLES = r"""
- name: Read the leases of whatever server runs
  fieldnet.iot.dhcp_lease_info:
  become: true
  register: dhcp

- name: Show who has an address now
  ansible.builtin.debug:
    msg: "{{ dhcp.leases | selectattr('state', 'eq', 'active') | items2dict(key_name='mac', value_name='address') }}"

- name: Read a copy of a lease file
  fieldnet.iot.dhcp_lease_info:
    backend: isc
    path: /root/backup/dhcpd.leases
"""

RETURN = r"""
leases:
  description: The leases, in the order of their addresses. Of an address that has several the last.
  returned: success
  type: list
  elements: dict
  sample:
    - address: 10.40.0.10
      mac: "02:00:00:00:00:10"
      client_id: "01:02:00:00:00:00:10"
      hostname: front-door
      starts: "2026-11-21T09:00:00Z"
      expires: "2026-11-21T21:00:00Z"
      state: active
      server: kea
  contains:
    address:
      description: The IPv4 address.
      type: str
    mac:
      description: The client's MAC address, if it has one.
      type: str
    client_id:
      description: The client identifier (option 61) as hexadecimal digits, if the client sent one.
      type: str
    hostname:
      description: The client's name as the server has it, if any.
      type: str
    starts:
      description: When the lease began, in UTC. Null where the server does not say.
      type: str
    expires:
      description: When it ends, in UTC. Null for one without an end.
      type: str
    state:
      description:
        - V(active), V(expired), V(released) by the client, or V(declined), which means that somebody else was found to
          use the address (ISC dhcpd says abandoned).
      type: str
    server:
      description: The server that gave it, V(dnsmasq), V(kea) or V(isc).
      type: str
sources:
  description: Where the leases were read from.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: The server, V(dnsmasq), V(kea) or V(isc).
      type: str
    place:
      description: The lease file, or the control socket.
      type: str
    pid:
      description: The process, if one was looked for.
      type: int
    leases:
      description: How many leases were read there.
      type: int
problems:
  description: What could not be read, each with its place. Servers that could not be asked are among them.
  returned: success
  type: list
  elements: str
  sample: ["/var/lib/misc/dnsmasq.leases: line 7: has 3 fields where a lease has 5"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._devices._leases import run_module

ARGUMENTS = {
    "backend": {"type": "str", "default": "auto", "choices": ["auto", "dnsmasq", "kea", "isc"]},
    "path": {"type": "path"},
}


def main() -> None:
    """Run the module."""
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
