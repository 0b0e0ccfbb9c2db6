"""MUD files to read, to spoil, and to compare."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import DeviceType, Port, Spec

Data = t.Dict[str, t.Any]
DNS: Data = {"controller": "urn:ietf:params:mud:dns"}
NTP: Data = {"controller": "urn:ietf:params:mud:ntp"}
GATEWAY: Data = {"controller": "urn:ietf:params:mud:gateway"}
LOCAL: Data = {"local-networks": [None]}
SAME: Data = {"same-manufacturer": [None]}
ACCEPT: Data = {"forwarding": "accept"}
FLOW_KINDS = ("outbound", "local", "dns", "ntp")
SERVICES = {("udp", 123): "ntp", ("udp", 53): "dns", ("tcp", 53): "dns", ("udp", 67): "dhcp"}
NUMBERS = {"tcp": 6, "udp": 17}


def port(number: int) -> Data:
    return {"operator": "eq", "port": number}


def matches(
    to: str = "", transport: str = "tcp", number: int = 443, mud: t.Optional[Data] = None, network: str = ""
) -> Data:
    """What a flow from the device matches on."""
    header: Data = {"protocol": NUMBERS[transport]}
    if to:
        header["ietf-acldns:dst-dnsname"] = to
    if network:
        header["destination-ipv4-network"] = network
    way = {"ietf-mud:direction-initiated": "from-device"} if transport == "tcp" else {}
    classes = {"ietf-mud:mud": dict(mud)} if mud else {}
    return {**classes, "ipv4": header, transport: {**way, "destination-port": port(number)}}


def answers(wanted: Data) -> Data:
    """The same flow as the to-device policy has it."""
    found = copy.deepcopy(wanted)
    for part in ("ipv4", "tcp", "udp"):
        if part in found:
            found[part] = {_other_end(key): value for key, value in found[part].items()}
    return found


def _other_end(key: str) -> str:
    for one, other in (("dst-", "src-"), ("destination-", "source-")):
        if one in key:
            return key.replace(one, other)
        if other in key:
            return key.replace(other, one)
    return key


def document(*wanted: Data, **mud: t.Any) -> Data:
    """A file in the RFC's form: each entry a set of matches, or a whole entry; and the answers to them."""
    opened: t.List[Data] = [
        copy.deepcopy(one if "matches" in one else {"name": f"e{at}", "matches": one, "actions": ACCEPT})
        for at, one in enumerate(wanted)
    ]
    back = [{**copy.deepcopy(one), "name": f"{one['name']}-back", "matches": answers(one["matches"])} for one in opened]
    return {
        MUD: {
            "mud-version": 1,
            "mud-url": "https://mud.lamps.example/lamp.json",
            "last-update": "2026-01-02T03:04:05+00:00",
            "is-supported": True,
            "systeminfo": "Lamp with a cloud",
            "mfg-name": "Lamps",
            "model-name": "Lamp 2000",
            "from-device-policy": {"access-lists": {"access-list": [{"name": "fr"}]}},
            "to-device-policy": {"access-lists": {"access-list": [{"name": "to"}]}},
            **mud,
        },
        ACLS: {
            "acl": [
                {"name": "fr", "type": "ipv4-acl-type", "aces": {"ace": opened}},
                {"name": "to", "type": "ipv4-acl-type", "aces": {"ace": back}},
            ]
        },
    }


def draft() -> Data:
    """A file of the dialect that many published files have: the same lamp, as a draft wrote it."""
    ranged = matches("", "udp", 1, LOCAL)
    ranged["udp"]["destination-port"] = {"operator": "range", "lower-port": 6666, "upper-port": 6667}
    found = document(matches("cloud.lamps.example"), matches("", "udp", 53, DNS), ranged)
    lists = found.pop(ACLS)
    lists["acl"].append(
        {
            "name": "ether",
            "type": "ethernet-acl-type",
            "aces": {"ace": [{"name": "arp", "matches": {"eth": {"ethertype": "0x0806"}}, "actions": ACCEPT}]},
        }
    )
    found[MUD]["from-device-policy"]["access-lists"]["access-list"].append({"name": "ether"})
    return {**found, "ietf-access-control-list:access-lists": lists}


def entries(found: Data, index: int = 0) -> t.List[Data]:
    """The entries of a list."""
    return t.cast(t.List[Data], found[ACLS]["acl"][index]["aces"]["ace"])


def spec_flows(
    spec: Spec, kind: DeviceType, known: t.Optional[t.Mapping[str, t.Sequence[str]]] = None
) -> t.Set[t.Tuple[str, ...]]:
    """The flows of a device type, each (kind, destination, protocol, port), as far as a MUD file can have them.

    * A requirement is the type's if it names it, in ``between`` or ``device_types``, or names none.
    * A destination is a host name; ``*`` where nobody names one, which for ``ntp`` is the site's own server.
    * A name with a label that is an underscore alone is none in YANG (inet:host): no destination.
    * Wildcards are no destination: with ``known`` hosts these stand in; without, there is no flow.
    * A service is known by its port: UDP 123 is ``ntp``; port 53 and UDP 67 without a destination are the site's own
      resolvers and DHCP server.
    * Look-ups by UDP 53 are always there: a name needs them, whether a file says so or not.
    """
    found: t.Set[t.Tuple[str, ...]] = {("dns", "*", "udp", "53")}
    for one in spec.requirements:
        whom = one.between or one.device_types
        if one.kind not in FLOW_KINDS or (whom and kind.type not in whom):
            continue
        given = {*one.concrete_domains, *(known or {}).get(one.id, ())}
        names = {name for name in given if "_" not in name.split(".")}
        wanted = names if one.kind in ("outbound", "ntp") and (given or one.domains) else {"*"}
        found |= {
            (_kind(one.kind, to, ports), to, ports.protocol, str(ports.port)) for to in wanted for ports in one.ports
        }
    return {flow for flow in found if flow[0] in FLOW_KINDS}


def _kind(kind: str, to: str, ports: Port) -> str:
    service = SERVICES.get((ports.protocol, ports.port), "")
    return service if kind == "outbound" and service and (to == "*" or service == "ntp") else kind
