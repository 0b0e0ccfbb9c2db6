# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lease files as daemons, crashes and strangers leave them: rows, or clear words, never a traceback."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._devices import (
    _lease_dnsmasq,
    _lease_files,
    _lease_isc,
    _lease_kea,
    _leases,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._devices._lease import Lease, Leases, iso
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from support.modules import run_module

NOW = 1_800_000_000
LATER, BEFORE = NOW + 3600, NOW - 3600
HEAD = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
PARSERS: Dict[str, Callable[[str], Leases]] = {
    "dnsmasq": lambda text: _lease_dnsmasq.parse(text, NOW),
    "kea": lambda text: _lease_kea.parse([text], NOW),
    "isc": lambda text: _lease_isc.parse(text, NOW),
}


def lease(**fields: Any) -> Lease:
    known: Dict[str, Any] = {
        "address": "10.40.0.10", "mac": "02:00:00:00:00:10", "client_id": None, "hostname": None, "starts": None,
        "expires": LATER, "state": "active", "server": "dnsmasq", **fields,
    }  # fmt: skip
    return Lease(**known)


def only(found: Leases) -> Lease:
    assert found.complaints() == []
    (row,) = found.ordered()
    return row


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f"{LATER} 02:00:00:00:00:10 10.40.0.10 * *", lease()),
        (
            f"{LATER} 02:00:00:00:00:10 10.40.0.10 front-door 01:02:00:00:00:00:10",
            lease(hostname="front-door", client_id="01:02:00:00:00:00:10"),
        ),
        (f"{BEFORE} 02:00:00:00:00:10 10.40.0.10 * *", lease(expires=BEFORE, state="expired")),
        ("0 02:00:00:00:00:10 10.40.0.10 * *", lease(expires=None)),
        (f"{LATER} 06-02:00:00:00:00:10 10.40.0.10 * ff", lease(mac=None, client_id="ff")),
    ],
)
def test_a_line_of_dnsmasq(line: str, wanted: Lease) -> None:
    assert only(_lease_dnsmasq.parse(f"{line}\nduid 00:01\n1 2 2001:db8::1 * 00:01\n", NOW)) == wanted


def test_a_dnsmasq_without_a_clock_is_told() -> None:
    found = _lease_dnsmasq.parse("43200 02:00:00:00:00:10 10.40.0.10 * *\n", NOW)
    assert found.ordered() == [lease(expires=None)]
    assert "1 leases have a duration" in found.complaints()[0]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (f"10.40.0.10,02:00:00:00:00:10,,3600,{LATER},1,0,0,,0,", lease(starts=NOW)),
        (
            f"10.40.0.10,02:00:00:00:00:10,01:02,3600,{LATER},1,0,0,a&#x2cb.,0,",
            lease(starts=NOW, client_id="01:02", hostname="a,b"),
        ),
        (
            f"10.40.0.10,02:00:00:00:00:10,,60,{BEFORE},1,0,0,,0,",
            lease(starts=BEFORE - 60, expires=BEFORE, state="expired"),
        ),
        (f"10.40.0.10,,,60,{LATER},1,0,0,,1,", lease(mac=None, starts=LATER - 60, state="declined")),
        (f"10.40.0.10,02:00:00:00:00:10,,60,{LATER},1,0,0,,2,", lease(starts=LATER - 60, state="expired")),
        (f"10.40.0.10,02:00:00:00:00:10,,0,{LATER},1,0,0,,3,", lease(starts=LATER, state="released")),
        (
            f"10.40.0.10,02:00:00:00:00:10,,4294967295,{NOW + 4294967295},1,0,0,,0,",
            lease(starts=NOW, expires=None),
        ),
    ],
)
def test_a_row_of_kea(row: str, wanted: Lease) -> None:
    assert only(_lease_kea.parse([HEAD + row + "\n"], NOW)) == Lease(**{**wanted.__dict__, "server": "kea"})


def test_the_last_row_of_kea_counts_also_over_several_files() -> None:
    row = "10.40.0.{0},02:00:00:00:00:{0},,{1},{2},1,0,0,{3},0,\n".format
    old = HEAD + row(10, 60, BEFORE, "old") + row(11, 60, LATER, "")
    new = HEAD + row(10, 60, LATER, "new") + row(11, 0, LATER, "")
    found = only(_lease_kea.parse([old, new], NOW))
    assert (found.hostname, found.expires) == ("new", LATER)


def test_columns_of_kea_go_by_their_names() -> None:
    """A later release has a column more (pool_id), and may have them in another order."""
    head = "state,hostname,expire,valid_lifetime,client_id,hwaddr,address,pool_id\n"
    text = f"{head}0,x,{LATER},60,,02:00:00:00:00:10,10.40.0.10,7\n"
    assert only(_lease_kea.parse([text], NOW)).hostname == "x"


ISC = """
# comment with "a quote and a brace {
authoring-byte-order little-endian;
server-duid "\\000\\001";
failover peer "x" state { my state normal at 4 2026/11/19 10:00:00; }
lease 10.40.0.10 {
  starts 5 2027/01/15 07:00:00; ends 5 2027/01/15 09:00:00;
  binding state %s; next binding state free; rewind binding state free;
  hardware ethernet 2:0:0:0:0:10;
  uid "\\001\\002\\000\\000\\000\\000\\020";
  set vendor-class-identifier = "}{ \\"lease\\"";
  on expiry { set x = "}"; }
  client-hostname "front \\303\\244";
}
"""


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("active", "active"),
        ("abandoned", "declined"),
        ("released", "released"),
        ("free", "expired"),
        ("expired", "expired"),
    ],
)
def test_a_block_of_isc(word: str, state: str) -> None:
    found = only(_lease_isc.parse(ISC % word, NOW))
    assert (found.mac, found.client_id, found.state) == ("02:00:00:00:00:10", "01:02:00:00:00:00:10", state)
    assert (iso(found.starts), iso(found.expires)) == ("2027-01-15T07:00:00Z", "2027-01-15T09:00:00Z")
    assert found.hostname == "front \xe4"


@pytest.mark.parametrize(
    ("text", "expires", "state"),
    [("ends never;", None, "active"), (f"ends epoch {BEFORE}; # a comment", BEFORE, "expired"), ("", None, "active")],
)
def test_the_end_of_a_lease_of_isc(text: str, expires: object, state: str) -> None:
    found = only(_lease_isc.parse("lease 10.40.0.10 { binding state active;" + text + "\n}\n", NOW))
    assert (found.expires, found.state) == (expires, state)


def test_the_last_block_of_isc_counts() -> None:
    blocks = "".join(f"lease 10.40.0.10 {{ binding state {state}; }}\n" for state in ("active", "released"))
    assert only(_lease_isc.parse(blocks, NOW)).state == "released"


@pytest.mark.parametrize(
    ("server", "text", "problem"),
    [
        ("dnsmasq", f"{LATER} 02:00:00:00:00:10 10.40", "line 1: has 3 fields where a lease has 5"),
        ("dnsmasq", f"{LATER} 02:00:00:00:00:10 10.40.0.300 * *\n", "line 1: 10.40.0.300 is not an IPv4 address"),
        ("dnsmasq", "soon 02:00:00:00:00:10 10.40.0.10 * *\n", "line 1: soon is not a number of seconds"),
        ("dnsmasq", "9" * 400 + " a 10.40.0.10 * *\n", "line 1: " + "9" * 60 + "... is not a number of seconds"),
        ("kea", "\x00\x01\n", "line 1: is not the head of a lease file of Kea's: it lacks address, hwaddr"),
        ("kea", HEAD + "10.40.0.10,02:00", "line 2: has 2 fields where the file has 11 columns"),
        ("kea", HEAD + "x,,,1,1,1,0,0,,0,\n", "line 2: x is not an IPv4 address"),
        ("kea", HEAD + "10.0.0.1,,,1,1,1,0,0,,x,\n", "line 2: x is not a number of seconds"),
        (
            "isc",
            "\nlease 10.40.0.10 {\n  binding state active;\n",
            "line 2: the lease has no end: the file was cut off",
        ),
        ("isc", "lease 10.40.0.300 { }\n", "line 1: 10.40.0.300 is not an IPv4 address"),
        ("isc", "lease 10.0.0.1 { ends 4 2026/13/41 10:00:00; }", "line 1: 4 2026/13/41 10:00:00 is not a time"),
        ("isc", "lease 10.0.0.1 { uid 1:xx; }", "line 1: 01:xx is not a client id in hexadecimal digits"),
    ],
)
def test_what_can_t_be_read_is_told_with_its_line(server: str, text: str, problem: str) -> None:
    found = PARSERS[server](text)
    assert found.ordered() == []
    assert found.complaints()[0].startswith(problem)
    assert len(found.complaints()) == 1


def test_a_file_of_rubbish_is_told_in_few_words() -> None:
    found = _lease_dnsmasq.parse("rubbish\n" * 1000, NOW)
    assert len(found.complaints()) == 21
    assert found.complaints()[-1] == "and 980 more rows can't be read"


def test_names_are_fit_to_print() -> None:
    found = only(_lease_isc.parse('lease 10.0.0.1 { client-hostname "\\033[2J\\012x"; }', NOW))
    assert found.hostname == "\ufffd[2J\ufffdx"


WORDS = (
    '"',
    "\\",
    "{",
    "}",
    ";",
    "lease",
    " 10.0.0.1 ",
    "\n",
    "#",
    "ends",
    "4 2026/01/01 1:00:00",
    "uid",
    "1",
    "never",
)
FIELDS = ("10.0.0.1", "1", "", "02:00:00:00:00:10", "\0", "\u2028", "0", "\x1c", "*")
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(WORDS), max_size=80).map("".join),
    st.lists(st.sampled_from(FIELDS), max_size=30).map(lambda fields: HEAD + ",".join(fields)),
    st.lists(st.sampled_from(FIELDS), max_size=30).map(" ".join),
    st.binary(max_size=300).map(lambda data: data.decode("utf-8", "replace")),
)


@given(text=TEXTS, server=st.sampled_from(sorted(PARSERS)))
def test_any_text_gives_rows_or_words(text: str, server: str) -> None:
    found = PARSERS[server](text)
    for row in found.ordered():
        json.dumps(row.as_dict())
        assert row.state in {"active", "expired", "declined", "released"}
        assert row.hostname is None or row.hostname.isprintable()
    assert all(text.isprintable() for text in found.complaints())


@given(rows=st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=40))
def test_the_three_servers_agree(rows: List[Any]) -> None:
    """The same story told to each in its own words."""
    kea, isc, last = HEAD, "", {}
    for host, active in rows:
        address, end = f"10.40.0.{host}", LATER if active else BEFORE
        kea += f"{address},02:00:00:00:00:{host:02x},,60,{end},1,0,0,,0,\n"
        isc += f"lease {address} {{ ends epoch {end}; hardware ethernet 02:00:00:00:00:{host:02x}; }}\n"
        last[address] = f"{end} 02:00:00:00:00:{host:02x} {address} * *\n"
    found = [PARSERS["dnsmasq"]("".join(last.values())), PARSERS["kea"](kea), PARSERS["isc"](isc)]
    rows_of = [[(row.address, row.mac, row.expires, row.state) for row in one.ordered()] for one in found]
    assert rows_of[0] == rows_of[1] == rows_of[2]


@pytest.mark.bulk
@pytest.mark.parametrize("server", sorted(PARSERS))
def test_a_hundred_thousand_leases(server: str) -> None:
    addresses = [f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(100_000)]
    rows = {
        "dnsmasq": "{end} 02:00:00:00:00:10 {address} name 01:02:00:00:00:00:10\n",
        "kea": "{address},02:00:00:00:00:10,01:02,60,{end},1,0,0,name,0,\n",
        "isc": "lease {address} {{\n  starts 4 2026/11/19 10:00:00;\n  ends 4 2036/11/19 10:00:00;\n"
        '  binding state active;\n  hardware ethernet 02:00:00:00:00:10;\n  uid "\\001\\002";\n}}\n',
    }
    text = (HEAD if server == "kea" else "") + "".join(rows[server].format(address=a, end=LATER) for a in addresses)
    started = time.process_time()
    found = PARSERS[server](text)
    assert len(found.ordered()) == 100_000
    assert time.process_time() - started < 20


def test_what_kea_s_clean_up_leaves_is_read_as_kea_does(tmp_path: Path) -> None:
    path = tmp_path / "leases.csv"
    for suffix in ("", ".1", ".2"):
        (tmp_path / f"leases.csv{suffix}").write_text(f"{suffix}\n")
    assert _lease_files.read_kea(str(path)) == [".2\n", ".1\n", "\n"]
    (tmp_path / "leases.csv.completed").write_text("done\n")
    assert _lease_files.read_kea(str(path)) == ["done\n", "\n"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "is not a file"),
        (lambda path: __import__("os").mkfifo(path), "is not a file"),
    ],
)
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    make(tmp_path / "leases")
    with pytest.raises(GatewayError, match=message):
        _leases.find_leases("dnsmasq", str(tmp_path / "leases"))


def test_the_module_reads_a_file_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_bytes(b"4102444800 02:00:00:00:00:10 10.40.0.10 * *\n\xff\xfe\n")
    result = run_module("dhcp_lease_info", tmp_path, {"backend": "dnsmasq", "path": str(path)}, "--check")
    assert not result["failed"]
    assert not result["changed"]
    assert result["leases"] == [
        {
            "address": "10.40.0.10", "mac": "02:00:00:00:00:10", "client_id": None, "hostname": None, "starts": None,
            "expires": "2100-01-01T00:00:00Z", "state": "active", "server": "dnsmasq",
        }
    ]  # fmt: skip
    assert result["sources"] == [{"server": "dnsmasq", "place": str(path), "pid": None, "leases": 1}]
    assert result["problems"] == [f"{path}: line 2: has 1 fields where a lease has 5"]


def test_the_module_asks_for_the_server_of_a_path(tmp_path: Path) -> None:
    result = run_module("dhcp_lease_info", tmp_path, {"path": "/nowhere"})
    assert result["failed"]
    assert result["msg"] == "path: give backend, too: which server wrote the file?"
