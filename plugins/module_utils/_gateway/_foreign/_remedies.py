# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The commands that let the IoT interfaces' packets pass in somebody else's chain; each kind is tried in a test."""

from __future__ import annotations

import typing as t

from . import _firewalld
from ._chains import Place, Source

_ANSWERS = "-m conntrack --ctstate ESTABLISHED,RELATED"
_LASTS = "Have it survive a reboot too, where the host keeps these rules"
_POLICY = "iot-forward"  # not the name of the one that we hold


class Remedy(t.NamedTuple):
    """Commands to be run as they are, and what is to be said beside them."""

    commands: t.Sequence[str]
    advice: str


Service = t.Tuple[str, int]


class Sender(t.NamedTuple):
    """An interface whose packets can't pass; no services: none of those that are planned."""

    name: str
    services: t.Sequence[Service] = ()


class Blocked(t.NamedTuple):
    """What can't pass: packets of these, answers to those; and the subnets behind the interfaces."""

    senders: t.Sequence[Sender]
    receivers: t.Sequence[str]
    subnets: t.Mapping[str, str]


def remedy(source: Source, place: Place, blocked: Blocked) -> Remedy:
    """How to let it pass."""
    if place.table == "firewalld" or any(name.startswith("FWD_") for name in source.chains):
        return _by_firewalld(blocked)
    if source.owner:
        names = ", ".join(dict.fromkeys([*(sender.name for sender in blocked.senders), *blocked.receivers]))
        return Remedy([], f"Only {source.owner}, which owns the table, can change it: have it accept {names} there")
    if place.program == "nft":
        return Remedy(_by_nft(place, blocked), _LASTS)
    return Remedy(_by_iptables(source, place, blocked), _LASTS)


def _by_iptables(source: Source, place: Place, blocked: Blocked) -> list[str]:
    # Docker puts its own rules in front of all others in FORWARD, and leaves this chain to the host's owner.
    docker = any(rule.target == "DOCKER-USER" for rule in source.chains.get(place.chain, ()))
    insert = f"{place.program} -I {'DOCKER-USER' if docker else place.chain}"
    return [
        *(
            f"{insert} -i {name}{service} -j ACCEPT"
            for name, services in blocked.senders
            for service in _each(services, " -p {0} --dport {1}")
        ),
        *(f"{insert} -o {name} {_ANSWERS} -j ACCEPT" for name in blocked.receivers),
    ]


def _by_nft(place: Place, blocked: Blocked) -> list[str]:
    insert = f"nft insert rule {place.family} {place.table} {place.chain}"
    return [
        *(
            f"{insert} iifname '\"{name}\"'{service} accept"
            for name, services in blocked.senders
            for service in _each(services, " {0} dport {1}")
        ),
        *(f"{insert} oifname '\"{name}\"' ct state established,related accept" for name in blocked.receivers),
    ]


def _by_firewalld(blocked: Blocked) -> Remedy:
    held = "Or set firewalld_policy to true, and such a policy is held for you"
    bound = _firewalld.zones()
    if bound is None or not blocked.senders:
        return Remedy([], f"It belongs to firewalld. {held}")
    policy = f"firewall-cmd --permanent --policy {_POLICY}"
    zones = _firewalld.ingress(bound, [sender.name for sender in blocked.senders])
    return Remedy(
        [
            f"firewall-cmd --permanent --new-policy {_POLICY}",
            *(f"{policy} --add-ingress-zone {zone}" for zone in zones),
            f"{policy} --add-egress-zone {_firewalld.ANY}",
            *(
                f"{policy} --add-rich-rule '{_firewalld.accept_rule(blocked.subnets[name], service)}'"
                for name, services in blocked.senders
                for service in _each(services, ' port port="{1}" protocol="{0}"')
            ),
            "firewall-cmd --reload",
        ],
        f"{held}{_flushes()}",
    )


def _flushes() -> str:
    flushed = _firewalld.flushed_by_reload()
    return f". The reload flushes {', '.join(flushed)}: load these rules again afterwards" if flushed else ""


def _each(services: t.Sequence[Service], pattern: str) -> list[str]:
    """A match for each service; one that matches everything where there is none."""
    return [pattern.format(*service) for service in services] or [""]
