# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the module device_info does: read the tables, ask by ARP, join."""

from __future__ import annotations

import typing as t

from .. import _values
from .._gateway._checker import Checker
from .._gateway._errors import GatewayError
from . import _arp, _makers
from ._join import STATUSES, Evidence, Expected, conflicts, join
from ._lease import ACTIVE, Lease
from ._leases import find_leases
from ._links import Tables, read

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

_LARGEST_SUBNET = 4096  # addresses; at 500 a second that takes 8 seconds
Options = t.Mapping[str, t.Any]


def parse_devices(entries: t.Sequence[t.Mapping[str, t.Any]]) -> t.List[Expected]:
    """The expected devices from a module's options; every problem is reported at once, with its path."""
    check = Checker()
    seen: t.Dict[str, t.Dict[object, str]] = {"mac": {}, "ip": {}}
    found = []
    for index, entry in enumerate(entries):
        path = f"devices[{index}]"
        mac = check(f"{path}.mac", _values.mac, entry["mac"])
        ip = check(f"{path}.ip", _values.ipv4, entry["ip"]) if entry["ip"] else None
        device = Expected(str(entry["name"] or mac), mac, ip)
        for name, values in seen.items():
            if getattr(device, name):
                check.unique(f"{path}.{name}", getattr(device, name), values)
        found.append(device)
    check.finish()
    return found


def gather(options: Options) -> t.Dict[str, t.Any]:
    """One look at the VLANs of some interfaces."""
    names = list(dict.fromkeys(options["interfaces"]))
    expected = parse_devices(options["devices"])
    tables = read(names)
    problems = tables.problems
    leases = _leases(problems) if options["leases"] else []
    wanted = _wanted(options["ask"], tables, names, expected, leases, problems)
    answers: t.List[_arp.Answer] = []
    asked: t.FrozenSet[str] = frozenset()
    if wanted:
        try:
            answers = _arp.ask(wanted, options["timeout"])
            asked = frozenset(address for _source, addresses in wanted.values() for address in addresses)
        except GatewayError as error:
            problems.append(str(error))
    evidence = Evidence(tables, tuple(names), tuple(answers), asked, tuple(leases))
    library, maker = _makers.find()
    rows = join(expected, evidence, maker)
    return {
        "devices": rows,
        "summary": {status: len([row for row in rows if row["status"] == status]) for status in STATUSES},
        "conflicts": conflicts(evidence),
        "maker_library": library,
        "problems": problems,
    }


def _leases(problems: t.List[str]) -> t.List[Lease]:
    """Those of the running servers; a gateway without any is one whose DHCP server is elsewhere."""
    found = find_leases("auto", None)
    problems += found.problems
    return found.leases


def _wanted(
    how: str,
    tables: Tables,
    names: t.Sequence[str],
    expected: t.Sequence[Expected],
    leases: t.Sequence[Lease],
    problems: t.List[str],
) -> t.Dict[str, t.Tuple[str, t.List[str]]]:
    """For each interface its own address, and the addresses to ask for there."""
    if how == "none":
        return {}
    known = {device.ip for device in expected if device.ip}
    macs = {device.mac for device in expected}
    known |= {lease.address for lease in leases if lease.state == ACTIVE or lease.mac in macs}
    known |= {neighbour.address for neighbour in tables.neighbours if ":" not in neighbour.address}
    found = {}
    for name in names:
        networks = tables.interfaces[name].networks
        if not networks:
            problems.append(f"interface {name} has no IPv4 address to ask from")
            continue
        own = {str(network.ip) for network in networks}
        addresses = {address for address in known for network in networks if _within(address, network)}
        for network in networks if how == "subnet" else ():
            if network.network.num_addresses > _LARGEST_SUBNET:
                problems.append(f"{network.network} on {name} is too large to ask for every address of it")
            else:
                addresses |= {str(address) for address in network.network.hosts()}
        ordered = sorted(addresses - own, key=lambda address: tuple(int(part) for part in address.split(".")))
        found[name] = (str(networks[0].ip), ordered)
    return found


def _within(address: str, network: t.Any) -> bool:
    try:
        return type(network)(address).ip in network.network
    except ValueError:
        return False


def run_module(module: AnsibleModule) -> None:
    """Look, end the module."""
    if not 0.2 <= module.params["timeout"] <= 60:
        module.fail_json(msg="timeout: is not a number of seconds (0.2 to 60)")
    try:
        result = gather(module.params)
    except GatewayError as error:
        module.fail_json(msg=str(error))
        return
    for problem in result["problems"]:
        module.warn(problem)
    module.exit_json(changed=False, **result)
