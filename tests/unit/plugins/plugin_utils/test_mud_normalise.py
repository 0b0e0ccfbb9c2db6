"""Files of drafts and common slips: what is repaired is recorded, and is valid by the YANG modules then."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._normalise import normalise
from support.mud import ACCEPT, DNS, LOCAL, Data, document, draft, entries, matches
from support.mud_yang import why_invalid


def _repaired(data: Data) -> t.Tuple[Data, t.List[str]]:
    before = copy.deepcopy(data)
    found, repairs = normalise(data)
    assert data == before, "what was given is changed"
    assert isinstance(found, dict)
    return found, [str(one) for one in repairs]


def test_a_file_of_the_rfc_needs_no_repair() -> None:
    good = document(matches("cloud.lamps.example"), matches("", "udp", 53, DNS))
    assert why_invalid(good) == ""
    assert _repaired(good) == (good, [])


def test_the_draft_dialect() -> None:
    assert why_invalid(draft()) != ""
    found, repairs = _repaired(draft())
    assert why_invalid(found) == ""
    assert repairs == [
        "ietf-access-control-list:access-lists: is called ietf-access-control-list:acls in RFC 8520",
        *(
            f"acls.acl[{index}].aces.ace[2].matches.udp.{end}-port.operator: range stands beside a range of ports;"
            " taken out"
            for index, end in enumerate(("destination", "source"))
        ),
        "acls.acl[2].type: ethernet-acl-type is a draft's name of eth-acl-type",
        "acls.acl[2].aces.ace[0].matches.eth.ethertype: the text 0x0806 becomes the number 2054",
    ]
    imported = import_data(draft())
    assert imported.problems == []
    assert [str(one) for one in imported.repairs] == repairs
    assert imported.data is not None
    assert [one["id"] for one in imported.data["requirements"]] == ["to-cloud-lamps-example", "dns", "local-flows"]


def test_repairing_twice_is_repairing_once() -> None:
    found, _repairs = normalise(draft())
    assert normalise(found) == (found, [])


def _matches(name: str, value: t.Any, part: str = "ipv4") -> Data:
    found = matches("cloud.lamps.example")
    if value is None:
        found[part].pop(name)
    else:
        found[part][name] = value
    return found


SLIPS: t.Dict[str, t.Tuple[Data, str]] = {
    "protocol by name": (_matches("protocol", "TCP"), "TCP becomes its number, 6"),
    "protocol as text": (_matches("protocol", "6"), "the text 6 becomes the number 6"),
    "port as text": (
        _matches("destination-port", {"operator": "eq", "port": "443"}, "tcp"),
        "the text 443 becomes the number 443",
    ),
    "bare port": (_matches("destination-port", 443, "tcp"), "the bare number 443 becomes operator eq, port 443"),
    "module left out": (_matches("src-dnsname", "x.example"), "is called ietf-acldns:src-dnsname in RFC 8520"),
    "no prefix": (
        _matches("destination-ipv4-network", "198.51.100.7"),
        "198.51.100.7 has no prefix length; it becomes 198.51.100.7/32",
    ),
    "empty leaf as true": (
        matches("", "tcp", 80, {"local-networks": True}),
        "is written as [null] in JSON (RFC 7951)",
    ),
    "empty leaf as empty list": (matches("", "tcp", 80, {"local-networks": []}), "is written as [null]"),
    "empty leaf as false": (matches("", "tcp", 80, {"local-networks": False}), "taken out"),
    "ethernet in an IPv4 list": ({"eth": {"ethertype": 2054}}, "mixed-eth-ipv4-acl-type then"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_slips(name: str) -> None:
    wanted, sentence = SLIPS[name]
    data = document(wanted)
    assert why_invalid(data) != ""
    found, repairs = _repaired(data)
    assert any(sentence in one for one in repairs), repairs
    assert why_invalid(found) == ""


def test_an_action_of_a_draft() -> None:
    for actions, word in (({"permit": [None]}, "accept"), ({"deny": [None]}, "drop"), ({"forwarding": "deny"}, "drop")):
        data = document({"name": "e", "matches": matches("x.example"), "actions": actions})
        found, repairs = _repaired(data)
        assert [one["actions"] for one in entries(found)] == [{"forwarding": word}]
        assert len(repairs) == 2  # in both lists


def test_identities_may_name_their_module() -> None:
    data = document(
        {"name": "e", "matches": matches("x.example"), "actions": {"forwarding": "ietf-access-control-list:accept"}}
    )
    data[ACLS]["acl"][0]["type"] = "ietf-access-control-list:ipv4-acl-type"
    assert why_invalid(data) == ""
    assert _repaired(data)[1] == []
    assert import_data(data).data is not None


def test_an_old_draft_with_other_names() -> None:
    """Entries were access-list-entries, ports stood beside addresses."""
    ace = {
        "rule-name": "e",
        "matches": {
            "ipv4-acl": {
                "protocol": 6,
                "ietf-acldns:dst-dnsname": "cloud.lamps.example",
                "destination-port-range-or-operator": {"operator": "eq", "port": 443},
            },
            "tcp": {"ietf-mud:direction-initiated": "from-device"},
        },
        "actions": ACCEPT,
    }
    data = document()
    data[ACLS]["acl"][0] = {"acl-name": "fr", "acl-type": "ipv4-acl", "access-list-entries": {"ace": [ace]}}
    found, repairs = _repaired(data)
    assert why_invalid(found) == ""
    assert entries(found)[0]["matches"] == matches("cloud.lamps.example")
    assert len(repairs) == 7


def test_lists_inside_the_mud_container() -> None:
    data = document(matches("x.example"), matches("", "udp", 6666, LOCAL))
    nested = {MUD: {**data[MUD], ACLS: data[ACLS]}}
    assert _repaired(nested) == (data, [f"mud.{ACLS}: stands inside the mud container; moved beside it"])
