"""Whatever a file holds: an answer, never a traceback; and a spec only where it is one."""

from __future__ import annotations

import copy
import json
import random
import time
import typing as t

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud import _read
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._check import check
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import Imported, import_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._normalise import normalise
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._text import spec_text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
from support.mud import ACCEPT, DNS, GATEWAY, LOCAL, NTP, SAME, Data, answers, document, draft, entries, matches
from support.mud_yang import why_invalid

WORDS = (
    *("ipv4", "ipv6", "tcp", "udp", "icmp", "eth", "ietf-mud:mud", "name", "type", "acl", "ace", "aces", "matches"),
    *("port", "operator", "lower-port", "upper-port", "destination-port", "source-port", "protocol", "actions"),
    *("forwarding", "ietf-acldns:dst-dnsname", "destination-ipv4-network", "controller", "model", "local-networks"),
    *(MUD, ACLS, "mud-url", "from-device-policy", "access-lists", "access-list", "my-controller", "extensions"),
)
VALUES: t.Tuple[t.Any, ...] = (
    *(None, True, False, 0, -1, 6, 17, 443, 70000, 2**63, 0.5, "", " ", "x", "443", "*.x.example", "x.example", "\x00"),
    *("8.8.8.8", "224.0.0.1/32", "::1/128", "0.0.0.0/0", "fe80::1%eth0", "https://x.example/y", "accept", "drop"),
    *("\u202e\u0085", "é" * 300, "-", "*.", ".", "ipv6-acl-type", "fr", "to", [], {}, [None], [[]], {"x": 1}),
)
SCALARS = st.one_of(st.sampled_from([value for value in VALUES if not isinstance(value, (list, dict))]), st.text())
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text()), inner, max_size=4)
    ),
    max_leaves=25,
)
SEEDS = (
    document(
        *(matches("cloud.lamps.example"), matches("", "udp", 53, DNS), matches("", "udp", 123, NTP)),
        *(matches("", "udp", 67, GATEWAY), matches("", "tcp", 80, LOCAL), matches("", "udp", 7, SAME)),
        matches("", network="198.51.100.7/32"),
        {"name": "no", "matches": {"ipv4": {"protocol": 6}}, "actions": {"forwarding": "drop"}},
    ),
    draft(),
)


def _sound(found: Imported) -> None:
    """Either a spec, or a problem; and all that is told fits on a line."""
    assert (found.data is None) == bool(found.problems)
    for one in (*found.problems, *found.repairs, *found.losses):
        assert str(one).isprintable()
        assert len(str(one)) < 1000
    if found.data is not None:
        spec, problems = parse_spec(found.data)
        assert problems == []
        assert spec is not None
        spec_text(found)


@given(data=JSON)
def test_any_json(data: t.Any) -> None:
    _sound(import_data(data))


def _places(node: t.Any) -> t.Iterator[t.Tuple[t.Any, t.Any]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


@settings(max_examples=400)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from("rdncm"), JSON), min_size=1, max_size=6),
)
def test_any_change_of_a_good_file(seed: Data, changes: t.Sequence[t.Tuple[int, str, t.Any]]) -> None:
    """Values replaced, members taken out, renamed, doubled, moved elsewhere."""
    data = copy.deepcopy(seed)
    for number, what, value in changes:
        places = list(_places(data))
        if not places:
            break
        node, key = places[number % len(places)]
        if what == "r":
            node[key] = copy.deepcopy(value)
        elif what == "d":
            del node[key]
        elif isinstance(node, list):
            node.insert(number % (len(node) + 1), copy.deepcopy(node[key]))
        elif what == "n":
            node[WORDS[number % len(WORDS)]] = node.pop(key)
        elif what == "m":
            other, where = places[number // 7 % len(places)]
            other[where] = copy.deepcopy(node[key])
        else:
            node[str(value)[:20]] = copy.deepcopy(value)
    _sound(import_data(data))


@given(data=JSON)
def test_repairs_change_nothing_that_was_given_and_end(data: t.Any) -> None:
    before = copy.deepcopy(data)
    found, _repairs = normalise(data)
    assert data == before
    assert normalise(found) == (found, [])


@settings(max_examples=300)
@given(
    raw=st.one_of(st.binary(max_size=200), JSON.map(lambda data: json.dumps(data).encode())), cut=st.integers(0, 200)
)
def test_any_bytes(raw: bytes, cut: int) -> None:
    for text in (raw, raw[:cut], raw + raw[:cut]):
        data, problems = _read.parse(text)
        assert not problems or data is None
        assert all(str(one).isprintable() for one in problems)


@settings(max_examples=200)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 6))
def test_what_the_rfcs_modules_accept_is_accepted(seed: int, count: int) -> None:
    """Valid files of every make have no problems but that they ask for nothing."""
    wheel = random.Random(seed)
    data = document(*(_valid_matches(wheel) for _number in range(count)))
    assert why_invalid(data) == ""
    mud, problems = check(data)
    assert problems == []
    assert mud is not None
    found = import_data(data)
    _sound(found)
    assert [one.message[:16] for one in found.problems] in ([], ["asks for nothing"])


@settings(max_examples=200)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 8))
def test_no_entry_is_dropped_in_silence(seed: int, count: int) -> None:
    """Each is quoted by a requirement, or is a loss, or is the other way of a local flow that is carried."""
    wheel = random.Random(seed)
    data = document(matches("x.example"), *(_valid_matches(wheel) for _number in range(count)))
    entries(data, 1).extend(
        {"name": f"s{number}", "matches": answers(_valid_matches(wheel)), "actions": ACCEPT} for number in range(count)
    )
    assert why_invalid(data) == ""
    found = import_data(data)
    assert found.data is not None
    quoted = {json.loads(one["says"])["name"] for each in found.data["requirements"] for one in each["sources"]}
    told = {one.path for one in found.losses}
    local = {one["port"] for each in found.data["requirements"] if each["kind"] == "local" for one in each["all_of"]}
    asked = [_dialogue(answers(one["matches"])) for one in entries(data)]
    for index in (0, 1):
        for at, ace in enumerate(entries(data, index)):
            if ace["name"] in quoted or f"acls.acl[{index}].aces.ace[{at}]" in told:
                continue
            assert _dialogue(ace["matches"]) in asked or _own_port(ace["matches"], index) in local


def _dialogue(found: Data) -> Data:
    """Who speaks to whom: what else narrows an entry says nothing of that, nor who began."""
    aside = ("dscp", "ecn", "ttl", "length", "flags", "ietf-mud:direction-initiated")
    return {
        part: {key: _plain(value) for key, value in header.items() if key not in aside}
        for part, header in found.items()
    }


def _plain(value: t.Any) -> t.Any:
    """Names are the same in any case, with a dot at the end or without."""
    return value.lower().rstrip(".") if isinstance(value, str) else value


def _own_port(found: Data, index: int) -> t.Optional[int]:
    """The device's port of a dialogue with its siblings or the local networks."""
    header = found.get("tcp") or found.get("udp") or {}
    assert set(found["ietf-mud:mud"]) <= {"local-networks", "same-manufacturer"}
    return t.cast("t.Optional[int]", header.get("source-port" if index == 0 else "destination-port", {}).get("port"))


def _valid_matches(wheel: random.Random) -> Data:
    protocol = wheel.choice((6, 17, 1, 2))
    found: Data = {"ipv4": _valid_header(wheel, protocol)} if wheel.random() < 0.9 else {}
    if protocol in (6, 17) and wheel.random() < 0.9:
        found["tcp" if protocol == 6 else "udp"] = _valid_ends(wheel, protocol)
    elif protocol == 1 and wheel.random() < 0.9:
        found["icmp"] = {"type": 8, "code": 0}
    if wheel.random() < 0.4:
        classes = (LOCAL, SAME, DNS, NTP, GATEWAY, {**LOCAL, **SAME}, {"my-controller": [None]})
        found["ietf-mud:mud"] = wheel.choice(classes)
    return found


def _valid_header(wheel: random.Random, protocol: int) -> Data:
    header: Data = {"protocol": protocol, "dscp": 5, "ttl": 9, "ecn": 1, "length": 77}
    header = {key: value for key, value in header.items() if key == "protocol" or wheel.random() < 0.1}
    if wheel.random() < 0.5:
        header["ietf-acldns:dst-dnsname"] = wheel.choice(("x.example", "8.8.8.8", "_a._b.example", "X.example."))
    if wheel.random() < 0.2:
        header["destination-ipv4-network"] = wheel.choice(("10.1.2.3/8", "0.0.0.0/0", "1.1.1.1/32", "224.0.0.1/4"))
    return header


def _valid_ends(wheel: random.Random, protocol: int) -> Data:
    found: Data = {"flags": "syn ack"} if protocol == 6 else {"length": 9}
    found = found if wheel.random() < 0.2 else {}
    for end in ("source-port", "destination-port"):
        low, high = sorted((wheel.randrange(65536), wheel.randrange(65536)))
        operator = wheel.choice(("eq", "neq", "lte", "gte"))
        forms = ({"lower-port": low, "upper-port": high}, {"operator": operator, "port": low}, {"port": high})
        if wheel.random() < 0.6:
            found[end] = wheel.choice(forms)
    if protocol == 6 and wheel.random() < 0.5:
        found["ietf-mud:direction-initiated"] = wheel.choice(("from-device", "to-device"))
    return found


def test_a_large_file_takes_a_moment() -> None:
    """As large as a file may be: each entry with its answer, half of them denied first."""
    data = document(matches("x.example"))
    for index in (0, 1):
        entries(data, index).extend(
            {
                "name": f"n{at}",
                "matches": matches(f"h{at}.example"),
                "actions": ACCEPT if at % 2 else {"forwarding": "drop"},
            }
            for at in range(2000)
        )
    raw = json.dumps(data).encode()
    assert 0.8 < len(raw) / _read.LARGEST_FILE < 1
    started = time.monotonic()
    read, problems = _read.parse(raw)
    found = import_data(read)
    assert (problems, found.problems) == ([], [])
    assert time.monotonic() - started < 10
