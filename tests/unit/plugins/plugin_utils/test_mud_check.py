"""What is wrong with a MUD file: all of it at once, each with its path."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from support.mud import Data, document, entries, matches
from support.mud_yang import why_invalid


def _spoil(change: t.Callable[[Data], t.Any]) -> Data:
    data = document(matches("cloud.lamps.example"))
    change(data)
    return data


def _mud(**values: t.Any) -> t.Callable[[Data], t.Any]:
    return lambda data: data[MUD].update(values)


def _ace(**values: t.Any) -> t.Callable[[Data], t.Any]:
    return lambda data: entries(data)[0].update(values)


def _match(part: str, **values: t.Any) -> t.Callable[[Data], t.Any]:
    changed = {key.replace("__", ":").replace("_", "-"): value for key, value in values.items()}
    return lambda data: entries(data)[0]["matches"].setdefault(part, {}).update(changed)


def _twice(data: Data) -> None:
    data[ACLS]["acl"].append(data[ACLS]["acl"][0])


E0 = "acls.acl[0].aces.ace[0]"
BAD: t.Dict[str, t.Tuple[t.Callable[[Data], t.Any], t.List[str]]] = {
    "no mud": (lambda data: data.pop(MUD), [f"has no {MUD}", "mud: has no mud-url", "mud: has no last-update"]),
    "no acls": (lambda data: data.pop(ACLS), [f"has no {ACLS}", "access-list[0].name: fr is no access list"]),
    "mud is a list": (lambda data: data.update({MUD: []}), ["mud: a list is not an object with mud-url"]),
    "version": (_mud(**{"mud-version": 2}), ["mud.mud-version: 2 is no version that is known here; 1 is"]),
    "version as truth": (_mud(**{"mud-version": True}), ["mud.mud-version: true is not a whole number from 0 to 255"]),
    "url": (_mud(**{"mud-url": "ftp://x.example/"}), ["mud.mud-url: ftp://x.example/ is not an https URL"]),
    "url without host": (_mud(**{"mud-url": "https:///x"}), ["mud.mud-url: https:///x is not an https URL"]),
    "url that is none": (_mud(**{"mud-url": "https://[::1"}), ["mud.mud-url: https://[::1 is not an https URL"]),
    "date": (_mud(**{"last-update": "yesterday"}), ["mud.last-update: yesterday is not a date and time"]),
    "supported": (_mud(**{"is-supported": "yes"}), ["mud.is-supported: yes is not true or false"]),
    "systeminfo": (_mud(systeminfo=7), ["mud.systeminfo: 7 is not a text"]),
    "long text": (_mud(systeminfo="x" * 5000), ["mud.systeminfo: xxx"]),
    "policy": (_mud(**{"from-device-policy": 5}), ["mud.from-device-policy: 5 is not an object with access-lists"]),
    "named list absent": (
        lambda data: data[ACLS]["acl"].pop(0),
        ["mud.from-device-policy.access-lists.access-list[0].name: fr is no access list of this file"],
    ),
    "list named twice": (
        lambda data: data[MUD]["from-device-policy"]["access-lists"]["access-list"].append({"name": "fr"}),
        ["access-list[1].name: fr is named twice"],
    ),
    "list twice": (_twice, ["acls.acl[2].name: an access list fr is there twice"]),
    "list without name": (lambda data: data[ACLS]["acl"].append({}), ["acls.acl[2]: has no name"]),
    "list's type": (
        lambda data: data[ACLS]["acl"][0].update(type="ipx-acl-type"),
        ["acls.acl[0].type: ipx-acl-type is not one of: ipv4-acl-type"],
    ),
    "entry twice": (
        lambda data: entries(data).append(entries(data)[0]),
        ["acls.acl[0].aces.ace[1].name: an entry e0 is there twice"],
    ),
    "entry is a text": (lambda data: entries(data).append(t.cast(Data, "x")), ["acls.acl[0].aces.ace[1]: x is not an"]),
    "entry without name": (lambda data: entries(data)[0].pop("name"), [f"{E0}: has no name"]),
    "no action": (_ace(actions={}), [f"{E0}.actions: has no forwarding"]),
    "action": (_ace(actions={"forwarding": "mirror"}), [f"{E0}.actions.forwarding: mirror is not one of: accept"]),
    "matches": (_ace(matches=[1]), [f"{E0}.matches: a list is not an object"]),
    "two families": (_match("ipv6", protocol=6), [f"{E0}.matches: has both ipv4 and ipv6"]),
    "two transports": (_match("udp"), [f"{E0}.matches: has both tcp and udp"]),
    "protocol": (
        _match("ipv4", protocol=256),
        [f"{E0}.matches.ipv4.protocol: 256 is not a whole number from 0 to 255"],
    ),
    "name": (
        _match("ipv4", ietf_acldns__dst_dnsname="a b.example"),
        [f"{E0}.matches.ipv4.ietf-acldns:dst-dnsname: a b.example is not a domain"],
    ),
    "network": (
        _match("ipv4", destination_ipv4_network="10.0.0.0/33"),
        [f"{E0}.matches.ipv4.destination-ipv4-network: 10.0.0.0/33 is not a network"],
    ),
    "port": (
        _match("tcp", destination_port={"operator": "eq", "port": 70000}),
        [f"{E0}.matches.tcp.destination-port.port: 70000 is not a whole number from 0 to 65535"],
    ),
    "no port": (
        _match("tcp", destination_port={"operator": "eq"}),
        [f"{E0}.matches.tcp.destination-port: has no port"],
    ),
    "operator": (
        _match("tcp", destination_port={"operator": "near", "port": 1}),
        [f"{E0}.matches.tcp.destination-port.operator: near is not one of: eq, neq, lte, gte"],
    ),
    "range upside down": (
        _match("tcp", destination_port={"lower-port": 9, "upper-port": 1}),
        [f"{E0}.matches.tcp.destination-port: lower-port 9 is above upper-port 1"],
    ),
    "half a range": (
        _match("tcp", destination_port={"lower-port": 9}),
        [f"{E0}.matches.tcp.destination-port: needs lower-port and upper-port"],
    ),
    "direction": (
        _match("tcp", ietf_mud__direction_initiated="both"),
        [f"{E0}.matches.tcp.ietf-mud:direction-initiated: both is not one of: from-device, to-device"],
    ),
    "empty leaf": (
        _match("ietf-mud:mud", my_controller=["x"]),
        [f"{E0}.matches.ietf-mud:mud.my-controller: a list is not [null]"],
    ),
    "class": (_match("ietf-mud:mud", controller=5), [f"{E0}.matches.ietf-mud:mud.controller: 5 is not a text"]),
}


@pytest.mark.parametrize("name", BAD)
def test_problems_have_paths(name: str) -> None:
    change, sentences = BAD[name]
    data = _spoil(change)
    found = import_data(data)
    text = "\n".join(str(one) for one in found.problems)
    assert found.data is None
    assert found.problems
    for sentence in sentences:
        assert sentence in text


# What the RFC's modules don't see: what mud-version and mud-url mean, texts that are too long, a file without MUD.
@pytest.mark.parametrize(
    "name", sorted(set(BAD) - {"no mud", "version", "url", "url without host", "url that is none", "long text"})
)
def test_what_is_refused_is_no_mud_file_by_the_modules_either(name: str) -> None:
    assert why_invalid(_spoil(BAD[name][0])) != ""


def test_all_problems_at_once() -> None:
    data = document(matches("a b.example"), matches("b.example", number=70000), systeminfo=[])
    assert [one.path for one in import_data(data).problems] == [
        f"{E0}.matches.ipv4.ietf-acldns:dst-dnsname",
        "acls.acl[0].aces.ace[1].matches.tcp.destination-port.port",
        "acls.acl[1].aces.ace[0].matches.ipv4.ietf-acldns:src-dnsname",
        "acls.acl[1].aces.ace[1].matches.tcp.source-port.port",
        "mud.systeminfo",
    ]


def test_many_problems_end() -> None:
    data = document(matches("x.example"))
    entries(data).extend({"name": f"x{at}"} for at in range(500))
    problems = import_data(data).problems
    assert len(problems) == 101
    assert str(problems[-1]) == "has more problems than these"


@pytest.mark.parametrize("data", [None, True, 5, "x", [], [[]], {}])
def test_what_is_no_document(data: object) -> None:
    found = import_data(data)
    assert found.data is None
    assert found.problems


def test_a_file_that_asks_for_nothing() -> None:
    nothing = document()
    assert why_invalid(nothing) == ""
    assert [str(one) for one in import_data(nothing).problems] == ["asks for nothing that a spec can have"]
    empty = document()
    empty[MUD]["from-device-policy"] = {}
    assert why_invalid(empty) == ""
    found = import_data(empty)
    assert found.data is None
    assert "acls: no policy names the access list fr; it is not read" in [str(one) for one in found.losses]


def test_what_is_told_of_a_good_file() -> None:
    data = document(matches("cloud.lamps.example"), **{"is-supported": False, "cache-validity": 24})
    data[MUD]["mud-signature"] = "https://mud.lamps.example/lamp.p7s"
    data[MUD]["extensions"] = ["tls"]
    data[MUD]["acme:colour"] = "red"
    data[MUD].pop("mud-version")
    data["acme:more"] = {}
    losses = {one.path: one.message for one in import_data(data).losses}
    assert losses["mud"] == "has no mud-version, which RFC 8520 wants; read as version 1"
    assert losses["mud.is-supported"] == "its maker no longer supports this device"
    assert losses["mud.cache-validity"].startswith("24: a spec doesn't expire")
    assert "not verified" in losses["mud.mud-signature"]
    assert "no extension is read" in losses["mud.extensions"]
    assert "not read" in losses["mud.acme:colour"]
    assert "not read" in losses["acme:more"]
