#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: learned_info
short_description: Read what IoT devices used, as the gateway's firewall counted it
version_added: 1.0.0
description:
  - Reads the table that M(fieldnet.iot.firewall_policy) holds, as data. While the policy learns, it notes what
    devices used although no profile allows it. At any time, it counts each flow that a profile does allow.
  - The names behind addresses come from what the gateway's dnsmasq has logged of its answers, where its configuration
    has C(log-queries).
  - Changes nothing.
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  platform:
    description: Needs Linux with nftables.
    platforms: linux
    support: full
requirements:
  - nft on the managed host
  - root
options:
  table:
    description: The name of the table.
    type: str
    default: fieldnet_iot
  resolver_unit:
    description:
      - The systemd unit of the gateway's dnsmasq, whose journal is searched for names.
      - If it is empty, no names are looked for.
    type: str
    default: dnsmasq.service
seealso:
  - module: fieldnet.iot.firewall_policy
  - module: fieldnet.iot.learn_report
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Read what the devices of this site used
  fieldnet.iot.learned_info:
  register: iot_learned
"""

RETURN = r"""
table:
  description: The table that was read.
  returned: success
  type: str
  sample: fieldnet_iot
present:
  description: Whether there is such a table.
  returned: success
  type: bool
learns:
  description: Whether the table has a place for what no profile allows. It stays until a policy enforces again.
  returned: success
  type: bool
used:
  description: What devices used although no profile allows it. One entry a device, destination and port.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description: The gateway's interface.
      type: str
    mac:
      description: The device's MAC address.
      type: str
    destination:
      description: The address that it wanted.
      type: str
    protocol:
      description: V(tcp), V(udp), or another as nft calls it.
      type: str
    port:
      description: The destination port.
      type: int
    packets:
      description: How many packets the device sent.
      type: int
    bytes:
      description: How many bytes.
      type: int
    expires:
      description: After how many seconds without a packet the entry is forgotten.
      type: int
unknown:
  description: Who sent something in the last day and is no device of the policy, with C(interface), C(mac),
    C(packets) and C(bytes).
  returned: success
  type: list
  elements: dict
counters:
  description: The packets and bytes of each named counter. That of a flow is C(flow/) and the flow's id; what probe
    hosts sent is counted apart, in C(probe/) and the id.
  returned: success
  type: dict
  sample: {"flow/iot/kisi/cloud-session/primary": {"packets": 12, "bytes": 1440}}
sets:
  description: The addresses in each domain's set, by the set's name.
  returned: success
  type: dict
names:
  description: The names behind addresses, as far as the gateway's dnsmasq has logged them.
  returned: success
  type: dict
  sample: {"203.0.113.10": ["imp01.electricimp.com"]}
"""

import re
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _answers, _learned
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import require_root
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError, MissingPackages
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import DEFAULT_TABLE, own_table

_UNIT = re.compile(r"([A-Za-z0-9][A-Za-z0-9_@.:-]{0,200}\.service)?")
ARGUMENTS = {
    "table": {"type": "str", "default": DEFAULT_TABLE},
    "resolver_unit": {"type": "str", "default": "dnsmasq.service"},
}


def read(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """All that the module returns."""
    require_root()
    try:
        name = own_table(options["table"])
    except ValueError as error:
        raise GatewayError(f"table: {options['table']} {error}") from None
    unit = options["resolver_unit"]
    if not _UNIT.fullmatch(unit):
        raise GatewayError(f"resolver_unit: {unit} is not a systemd unit (write it as dnsmasq.service)")
    found = _learned.read(name) or _learned.Table(False, [], {}, {}, [])
    wanted = {one["destination"] for one in found.used}
    names = _answers.logged(unit) if unit and wanted else {}
    return {
        "table": name,
        "present": bool(found.learns or found.counters or found.sets),
        "learns": found.learns,
        "used": found.used,
        "unknown": found.unknown,
        "counters": found.counters,
        "sets": found.sets,
        "names": {address: known for address, known in names.items() if address in wanted},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = read(module.params)
    except MissingPackages as error:
        module.fail_json(msg=str(error), missing_packages=error.packages)
    except GatewayError as error:
        module.fail_json(msg=str(error))
    else:
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
