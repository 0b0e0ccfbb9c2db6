# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a running firewalld says of itself, asked over D-Bus: a tenth of the time that firewall-cmd takes."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .._commands import find, run
from .._errors import GatewayError

_NAME = "org.fedoraproject.FirewallD1"
_OBJECT = "/org/fedoraproject/FirewallD1"
ANY = "ANY"


@dataclass(frozen=True)
class LoadedPolicy:
    """A policy as firewalld has it in use."""

    target: str
    ingress: frozenset[str]
    egress: frozenset[str]
    rules: frozenset[str]


def zones() -> dict[str, str] | None:
    """The zone of each interface that is bound to one; None where firewalld doesn't run."""
    found = _call("zone", "getActiveZones")
    if found is None:
        return None
    return {
        str(interface): str(zone) for zone, members in found.items() for interface in members.get("interfaces") or ()
    }


def ingress(bound: t.Mapping[str, str], interfaces: t.Iterable[str]) -> list[str]:
    """The zones that a policy for these interfaces is for.

    A policy for a zone to which no interface is bound stays without effect, even where it is the default zone that
    takes in all others (seen with 1.3); then it must be for any.
    """
    names = list(interfaces)
    return sorted({bound[name] for name in names}) if all(name in bound for name in names) else [ANY]


def loaded_policy(name: str) -> LoadedPolicy | None:
    """A policy, or None."""
    found = _call("policy", "getPolicySettings", "s", name)
    if found is None:
        return None
    settings = {key: value.get("data") for key, value in found.items()}
    return LoadedPolicy(
        str(settings.get("target")),
        frozenset(settings.get("ingress_zones") or ()),
        frozenset(settings.get("egress_zones") or ()),
        frozenset(settings.get("rich_rules") or ()),
    )


def accept_rule(subnet: str, service: str = "") -> str:
    """The rich rule that lets pass what comes from a subnet, as firewalld writes it."""
    return f'rule family="ipv4" source address="{subnet}"{service} accept'


def unsaved_changes(but: str) -> list[str]:
    """What firewalld has in use and not on disk, or the other way round, but for one policy: a reload would lose it."""
    program = find("firewall-cmd")
    if program is None:
        return []
    # NetworkManager binds its interfaces at run time, and again after each reload.
    ignored = {"interfaces"} if run(["systemctl", "is-active", "-q", "NetworkManager"]).code == 0 else set()
    found = []
    for what, plural in (("zone", "zones"), ("policy", "policies")):
        now, saved = (_blocks(program, *flags, f"--list-all-{plural}") for flags in ((), ("--permanent",)))
        for name in sorted({*now, *saved} - {but}):
            keys = {
                key for key in {*now.get(name, {}), *saved.get(name, {})} - ignored if _differ(now, saved, name, key)
            }
            if keys:
                found.append(f"{what} {name}: {', '.join(sorted(keys))}")
    return found


def flushed_by_reload() -> list[str]:
    """The tables of iptables that have rules: whatever backend firewalld has, it flushes them too (seen with 1.3)."""
    found = []
    for program in ("iptables", "ip6tables", "ebtables"):
        save = find(f"{program}-save")
        # What it lists is what the same program's -F would flush, be it nftables' or the legacy kind.
        found += [f"{program} -t {table}" for table in parse_saved(run([save]).stdout)] if save else []
    return found


def parse_saved(text: str) -> list[str]:
    """The tables that have rules, from the output of ``iptables-save``."""
    found: dict[str, None] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith("-A "):
            found[table] = None
    return list(found)


_Blocks = t.Dict[str, t.Dict[str, str]]


def _differ(now: _Blocks, saved: _Blocks, name: str, key: str) -> bool:
    return now.get(name, {}).get(key) != saved.get(name, {}).get(key)


def _blocks(program: str, *flags: str) -> _Blocks:
    output = run([program, *flags])
    if output.code != 0:
        raise GatewayError(f"firewall-cmd {' '.join(flags)} failed: {output.message}")
    return parse_blocks(output.stdout)


def parse_blocks(text: str) -> _Blocks:
    """The listing of all zones or policies; whether one is active is no setting of it."""
    found: _Blocks = {}
    block: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            block = found.setdefault(line.split(" (")[0], {})
        elif line.startswith("  "):
            key, _colon, value = line.strip().partition(":")
            block[key] = value.strip()
        elif line.strip():
            block[key] = f"{block.get(key, '')}\n{line.strip()}"
    return found


def _call(interface: str, *call: str) -> t.Any:
    busctl = find("busctl")
    if busctl is None:
        return None
    method = [_NAME, _OBJECT, f"{_NAME}.{interface}", *call]
    output = run([busctl, "--system", "--json=short", "--auto-start=no", "call", *method])
    if output.code != 0:
        return None
    try:
        return json.loads(output.stdout)["data"][0]
    except (ValueError, LookupError, TypeError):
        raise GatewayError(f"firewalld answered what can't be read: {output.stdout[:200]}") from None
