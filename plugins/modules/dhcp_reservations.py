#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_reservations
short_description: Hold the DHCP reservations of a plan on a gateway
version_added: 1.0.0
description:
  - Holds files of its own, which the DHCP server reads beside the rest of its configuration, in agreement with a list
    of reservations. Other files and the leases stay as they are.
  - For dnsmasq it writes C(/etc/dnsmasq.d/fieldnet-iot.conf), which names C(/etc/fieldnet-iot/dnsmasq.hosts).
  - For Kea it writes one file a subnet, for example C(/etc/kea/fieldnet-iot/10.40.0.0_24.json). Your own configuration
    includes it as the last entry of that subnet's C(reservations).
  - For ISC dhcpd it writes C(/etc/dhcp/fieldnet-iot.conf), which your own C(/etc/dhcp/dhcpd.conf) includes.
  - Where the server's own configuration does not read these files, the module changes nothing and says which line to
    add.
  - Whatever the server, the same is refused, all of it at once. Duplicate MAC addresses, IP addresses and names;
    addresses that are outside their subnet, its network, broadcast or router address, or the gateway's own; names that
    DNS can't carry or that a server takes for something else, such as V(12h); MAC addresses that are no device's.
  - So is what contradicts the rest of the server's configuration. A MAC address, IP address or name that it has
    reserved itself, a subnet that it does not serve, an address inside a pool. dnsmasq would leave that out of the
    pool by itself, ISC dhcpd would give it to two devices; a site's data shall be right for each of them.
  - Locally administered MAC addresses, and addresses that another device has leased right now, are warned of.
  - The server's own checker judges its whole configuration together with the reservations. Only then anything is
    changed.
  - The server is told to read them and watched doing so. ISC dhcpd is restarted, for it knows no other way; so is
    dnsmasq when O(subnets) or the devices they concern change. Judged is what the server does, not what it says. If it
    does not hear clients, does not use the reservations (Kea) or has lost a lease (ISC dhcpd), the old files are put
    back and read again.
  - A server that is not running is started, and enabled for the next boot.
attributes:
  check_mode:
    description: Reports what would change. The server's checker reads a copy that is removed at once.
    support: full
  diff_mode:
    description: Shows the files.
    support: full
  idempotent:
    description: A second run finds nothing to change.
    support: full
  platform:
    description: Needs Linux with systemd.
    platforms: linux
    support: full
extends_documentation_fragment:
  - fieldnet.iot._transaction
requirements:
  - dnsmasq 2.80 or newer, Kea 2.2 or newer, or ISC dhcpd 4.4, on the managed host
  - root
options:
  backend:
    description: The DHCP server of the gateway.
    type: str
    choices: [dnsmasq, isc, kea]
    required: true
  state:
    description:
      - V(present) holds exactly these reservations.
      - V(absent) removes all that the module holds. Files that Kea or ISC dhcpd include are emptied.
    type: str
    choices: [present, absent]
    default: present
  reservations:
    description: The devices that always get the same address.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The device's host name, one label.
        type: str
        required: true
      mac:
        description: Its MAC address.
        type: str
        required: true
      ip:
        description: The IPv4 address it gets.
        type: str
        required: true
      subnet:
        description: The subnet of the address, as the server knows it.
        type: str
        required: true
  subnets:
    description:
      - What the devices with a reservation are told beside their address, by subnet. Other devices are told what the
        server's own configuration says.
      - What is left out is what the server's own configuration says.
    type: list
    elements: dict
    default: []
    suboptions:
      subnet:
        description: The subnet, as in O(reservations[].subnet).
        type: str
        required: true
      router:
        description: The address of the router.
        type: str
      dns_servers:
        description: The addresses of DNS servers, the first choice first.
        type: list
        elements: str
        default: []
      ntp_servers:
        description: The addresses of NTP servers.
        type: list
        elements: str
        default: []
      captive_portal:
        description: With V(unrestricted), devices that ask are told that there is no captive portal (RFC 8910).
        type: str
        choices: [unrestricted]
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Give two devices their addresses
  fieldnet.iot.dhcp_reservations:
    backend: kea
    reservations:
      - {name: front-door, mac: "02:00:00:00:00:10", ip: 10.40.0.10, subnet: 10.40.0.0/24}
      - {name: back-door, mac: "02:00:00:00:00:11", ip: 10.40.0.11, subnet: 10.40.0.0/24}

- name: Tell the devices with a reservation which time servers to ask, and that nobody has to log in
  fieldnet.iot.dhcp_reservations:
    backend: isc
    reservations:
      - {name: front-door, mac: "02:00:00:00:00:10", ip: 10.40.0.10, subnet: 10.40.0.0/24}
    subnets:
      - {subnet: 10.40.0.0/24, ntp_servers: [10.40.0.1], captive_portal: unrestricted}

- name: Hold no reservations any more
  fieldnet.iot.dhcp_reservations:
    backend: kea
    state: absent
"""

RETURN = r"""
differences:
  description: What was not as it shall be. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [/etc/fieldnet-iot/dnsmasq.hosts]
drift:
  description:
    - The same by object, in check mode and in a run. Each entry has C(object) (V(reservation), V(file) or V(unit)),
      C(name), C(problem) (V(missing), V(unexpected) or V(changed)) and C(detail).
  returned: success
  type: list
  elements: dict
  sample: [{"object": "reservation", "name": "front-door", "problem": "missing", "detail": "..."}]
missing_packages:
  description: The packages without which the module cannot work.
  returned: if the server is not installed
  type: list
  elements: str
  sample: [kea-dhcp4-server]
problems:
  description: What is wrong with the options, or with the server's configuration, one entry each.
  returned: if the options are refused
  type: list
  elements: str
  sample: ["reservations[1].ip: 10.41.0.9 is outside the subnet 10.40.0.0/24"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import DHCP_SERVERS
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._runner import run_module
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Wanted, read
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._membership import TRANSACTION

if t.TYPE_CHECKING:
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Steps

RESERVATION = {
    "name": {"type": "str", "required": True},
    "mac": {"type": "str", "required": True},
    "ip": {"type": "str", "required": True},
    "subnet": {"type": "str", "required": True},
}
SUBNET = {
    "subnet": {"type": "str", "required": True},
    "router": {"type": "str"},
    "dns_servers": {"type": "list", "elements": "str", "default": []},
    "ntp_servers": {"type": "list", "elements": "str", "default": []},
    "captive_portal": {"type": "str", "choices": ["unrestricted"]},
}
ARGUMENTS = {
    **TRANSACTION,
    "backend": {"type": "str", "required": True, "choices": sorted(DHCP_SERVERS)},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    "reservations": {"type": "list", "elements": "dict", "default": [], "options": RESERVATION},
    "subnets": {"type": "list", "elements": "dict", "default": [], "options": SUBNET},
}


def build(options: t.Mapping[str, t.Any]) -> Steps:
    """The steps that lead to the wished state."""
    present = options["state"] == "present"
    wanted = read(options["reservations"], options["subnets"]) if present else Wanted()
    return DHCP_SERVERS[options["backend"]](wanted, present)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_module(module, lambda: build(module.params))


if __name__ == "__main__":
    main()
