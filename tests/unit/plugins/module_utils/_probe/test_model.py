# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parser of checks: what it takes, and every mistake at once with its place, whatever it is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import (
    COMMON,
    KINDS,
    Check,
    InvalidChecks,
    parse_checks,
    runner_of,
    target_of,
)

TCP = {"kind": "tcp", "host": "imp01.electricimp.com", "port": 31314}
TLS = {"kind": "tls", "host": "a.example", "port": 1}
TCP_HAS = "id, timeout, attempts, interface, source, family, nameservers, probe, host, port"


def errors(raw: object, **defaults: Any) -> list[str]:
    with pytest.raises(InvalidChecks) as caught:
        parse_checks(raw, defaults)
    return caught.value.errors


def one(**check: Any) -> Check:
    (parsed,) = parse_checks([check])
    return parsed


def test_a_check_is_complete_and_canonical() -> None:
    assert one(kind="tcp", host="IMP01.Electricimp.com.", port="31314", timeout="1.5", probe="probe.example") == {
        "kind": "tcp",
        "id": "tcp/imp01.electricimp.com:31314",
        "timeout": 1.5,
        "attempts": 1,
        "interface": None,
        "source": None,
        "family": "any",
        "nameservers": None,
        "probe": "probe.example",
        "host": "imp01.electricimp.com",
        "port": 31314,
    }


@pytest.mark.parametrize(
    ("check", "option", "value"),
    [
        ({"kind": "udp", "host": "a.example", "port": 1, "payload_hex": "0A:1b 2C"}, "payload_hex", "0a1b2c"),
        ({"kind": "udp", "host": "a.example", "port": 1}, "payload_hex", ""),
        ({"kind": "ntp", "host": "a.example"}, "port", 123),
        ({"kind": "dns", "name": "a.example"}, "port", 53),
        ({"kind": "tls", "host": "2001:DB8::1", "port": 1}, "host", "2001:db8::1"),
        (
            {"kind": "tls", "host": "a.example", "port": 1, "pins": ["SHA256:" + "AB" * 32]},
            "pins",
            ["sha256:" + "ab" * 32],
        ),
        ({**TCP, "source": "192.0.2.1"}, "family", "ipv4"),
        ({**TCP, "source": "2001:db8::1", "family": "ipv6"}, "family", "ipv6"),
        ({**TCP, "interface": "eth0.40"}, "interface", "eth0.40"),
    ],
)
def test_values(check: dict[str, Any], option: str, value: object) -> None:
    assert one(**check)[option] == value


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "checks: is not a list of checks"),
        ({"kind": "tcp"}, "checks: is not a list of checks"),
        (["tcp"], "checks[0]: is not a mapping of options"),
        ([{}], "checks[0].kind: is not one of " + ", ".join(KINDS)),
        ([{"kind": ["tcp"]}], "checks[0].kind: is not one of " + ", ".join(KINDS)),
        ([{**TCP, "port": None}], "checks[0].port: is missing"),
        ([{**TCP, "port": 0}], "checks[0].port: is not a port (1 to 65535)"),
        ([{**TCP, "port": True}], "checks[0].port: is not a port (1 to 65535)"),
        ([{**TCP, "port": "80 "}], "checks[0].port: is not a port (1 to 65535)"),
        ([{**TCP, "host": "a b"}], "checks[0].host: is neither a DNS name nor an IP address"),
        ([{**TCP, "host": "10.40.0.300"}], "checks[0].host: is neither a DNS name nor an IP address"),
        ([{**TCP, "host": "fe80::1%eth0"}], "checks[0].host: is neither a DNS name nor an IP address"),
        ([{**TCP, "ports": 80}], f"checks[0].ports: is not an option of a tcp check (it has {TCP_HAS})"),
        ([{**TCP, "url": "x"}], f"checks[0].url: is not an option of a tcp check (it has {TCP_HAS})"),
        ([{**TCP, "timeout": 0}], "checks[0].timeout: is not a number of seconds (0.1 to 60)"),
        ([{**TCP, "timeout": 61}], "checks[0].timeout: is not a number of seconds (0.1 to 60)"),
        ([{**TCP, "timeout": "nan"}], "checks[0].timeout: is not a number of seconds (0.1 to 60)"),
        ([{**TCP, "timeout": True}], "checks[0].timeout: is not a number of seconds (0.1 to 60)"),
        ([{**TCP, "attempts": 11}], "checks[0].attempts: is not an integer (1 to 10)"),
        ([{**TCP, "attempts": 1.5}], "checks[0].attempts: is not an integer (1 to 10)"),
        ([{**TCP, "family": "ipv5"}], "checks[0].family: is not one of any, ipv4, ipv6"),
        ([{**TCP, "interface": "eth0; reboot"}], "checks[0].interface: is not an interface name "
         "(1 to 15 letters, digits, dots, hyphens, underscores)"),
        ([{**TCP, "source": "localhost"}], "checks[0].source: is not an IP address"),
        ([{**TCP, "source": "::1", "family": "ipv4"}], "checks[0].source: is an ipv6 address, but family is ipv4"),
        ([{**TCP, "id": 'a"b'}], "checks[0].id: is not an id (letters, digits and _ . / : * -, at most 200)"),
        ([{**TCP, "id": "x"}, TCP, {**TCP, "id": "x"}], "checks[2].id: is the id of checks[0] too"),
        ([{"kind": "udp", "host": "a.example", "port": 1, "payload_hex": "xy"}],
         "checks[0].payload_hex: is not hexadecimal (write it as 0a1b2c)"),
        ([{"kind": "udp", "host": "a.example", "port": 1, "payload_hex": "00" * 1201}],
         "checks[0].payload_hex: is longer than 1200 bytes"),
        ([{**TLS, "pins": "sha256:" + "ab" * 32}], "checks[0].pins: is not a list"),
        ([{"kind": "link", "router": "10.40.0.1", "subnet": "10.40.0.1/24", "interface": "eth0"}],
         "checks[0].subnet: is not an IPv4 subnet (write it as 10.40.0.0/24, host bits zero)"),
        ([{"kind": "dhcp", "mac": "02:00:00:00:00:10"}], "checks[0].interface: is missing"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_place_and_its_remedy(raw: object, message: str) -> None:
    assert errors(raw) == [message]


def test_all_mistakes_are_told_at_once() -> None:
    raw = [{"kind": "tcp", "host": "-", "port": 0, "x": 1}, 7, {"kind": "udp", "timeout": -1}]
    assert errors(raw) == [
        f"checks[0].x: is not an option of a tcp check (it has {TCP_HAS})",
        "checks[0].host: is neither a DNS name nor an IP address",
        "checks[0].port: is not a port (1 to 65535)",
        "checks[1]: is not a mapping of options",
        "checks[2].timeout: is not a number of seconds (0.1 to 60)",
        "checks[2].host: is missing",
        "checks[2].port: is missing",
    ]


def test_defaults_fill_what_a_check_leaves_out() -> None:
    mine, given = parse_checks([TCP, {**TCP, "timeout": 1, "interface": "eth1"}], {"timeout": 9, "interface": "eth0"})
    assert (mine["timeout"], mine["interface"]) == (9.0, "eth0")
    assert (given["timeout"], given["interface"]) == (1.0, "eth1")


def test_a_bad_default_is_one_mistake() -> None:
    assert errors([TCP, TCP, TCP], timeout=99) == ["timeout: is not a number of seconds (0.1 to 60)"]


def test_checks_without_ids_get_unique_ones() -> None:
    parsed = parse_checks([TCP, {**TCP, "id": "tcp/imp01.electricimp.com:31314"}, TCP, {**TCP, "port": 993}])
    assert [check["id"] for check in parsed] == [
        "tcp/imp01.electricimp.com:31314/2",
        "tcp/imp01.electricimp.com:31314",
        "tcp/imp01.electricimp.com:31314/3",
        "tcp/imp01.electricimp.com:993",
    ]


def test_ten_thousand_checks_of_one_target_are_parsed_at_once() -> None:
    assert len({check["id"] for check in parse_checks([TCP] * 10_000)}) == 10_000


@pytest.mark.parametrize(
    ("host", "target"), [("a.example", "a.example:1"), ("192.0.2.1", "192.0.2.1:1"), ("::1", "[::1]:1")]
)
def test_targets_are_written_as_in_urls(host: str, target: str) -> None:
    assert target_of(host, 1) == target


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_runner(kind: str) -> None:
    assert callable(runner_of(kind))
    load_many = KINDS[kind].load_many
    assert load_many is None or callable(load_many())


OPTION_NAMES = sorted({name for kind in KINDS.values() for name in kind.options} | set(COMMON) | {"kind", "other"})
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*KINDS, "1", "::1", "a.b"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
ODD_CHECKS = st.lists(ANYTHING | st.dictionaries(st.sampled_from(OPTION_NAMES), ANYTHING), max_size=4)
GOOD_CHECKS = st.lists(
    st.fixed_dictionaries(
        {"kind": st.just("tcp"), "host": st.ip_addresses().map(str), "port": st.integers(1, 65535)},
        optional={
            "timeout": st.floats(0.1, 60),
            "attempts": st.integers(1, 10),
            "interface": st.sampled_from(["eth0", "br-lan"]),
            "id": st.from_regex(r"[a-z]{1,3}", fullmatch=True),
        },
    ),
    unique_by=lambda check: str(check.get("id", id(check))),
)


@given(ODD_CHECKS | ANYTHING)
def test_whatever_is_given_nothing_but_invalid_checks_is_raised(raw: object) -> None:
    parsed, mistakes = [], ["checks: is not looked at yet"]
    try:
        parsed, mistakes = parse_checks(raw), []
    except InvalidChecks as error:
        mistakes = error.errors
    assert parsed or mistakes or raw in ([], ())
    assert all(message.startswith("checks") for message in mistakes)
    assert all(check["kind"] in KINDS for check in parsed)


@given(GOOD_CHECKS)
def test_what_was_parsed_parses_to_itself(raw: list[dict[str, Any]]) -> None:
    parsed = parse_checks(raw)
    assert parse_checks(parsed) == parsed
    assert len({check["id"] for check in parsed}) == len(raw)
