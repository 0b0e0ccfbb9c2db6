# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our lint beside the daemons' own checkers: what passes ours passes theirs, and what they refuse, ours refuses too.

Each example is a whole list of reservations, so that one call of a checker judges many.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Reservation, read
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _hosts as _dnsmasq_hosts
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._isc import _hosts as _isc_hosts
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._kea import _hosts as _kea_hosts

SUBNET = "10.40.0.0/20"
Entry = t.Dict[str, t.Any]
LIMITS = settings(max_examples=100, suppress_health_check=list(HealthCheck))


def dnsmasq(reservations: t.Sequence[Reservation], folder: str) -> str:
    lines = ["dhcp-range=10.40.0.0,static,255.255.240.0"]
    lines += [f"dhcp-host={_dnsmasq_hosts.host(reservation)}" for reservation in reservations]
    return complaint(["dnsmasq", "--test", "-C"], folder, [*lines, *_dnsmasq_hosts.options(reservations)])


def isc(reservations: t.Sequence[Reservation], folder: str) -> str:
    lines = ["subnet 10.40.0.0 netmask 255.255.240.0 { }", _isc_hosts.render(reservations)]
    return complaint(["dhcpd", "-t", "-4", "-cf"], folder, lines)


def kea(reservations: t.Sequence[Reservation], folder: str) -> str:
    hosts = json.loads(f"[{_kea_hosts.render(reservations)[len(_kea_hosts.HEADER) :]}]")
    subnet = {"id": 1, "subnet": SUBNET, "reservations": hosts}
    text = json.dumps({"Dhcp4": {"lease-database": {"type": "memfile", "persist": False}, "subnet4": [subnet]}})
    return complaint(["kea-dhcp4", "-t"], folder, [text])


CHECKERS = {"dnsmasq": dnsmasq, "isc": isc, "kea": kea}


_GREETING = ("Internet ", "Copyright ", "All rights ", "For info, ", "Config file: ", "Database ", "PID file: ")


def complaint(command: t.Sequence[str], folder: str, lines: t.Sequence[str]) -> str:
    path = Path(folder, "configuration")
    path.write_text("\n".join(lines) + "\n")
    environment = {**os.environ, "KEA_LOCKFILE_DIR": "none"}
    done = subprocess.run([*command, str(path)], env=environment, capture_output=True, text=True, check=False)
    # ISC dhcpd takes a configuration all the same about which it says something.
    said = [line for line in done.stderr.splitlines() if command[0] == "dhcpd" and not line.startswith(_GREETING)]
    return "" if done.returncode == 0 and not said else done.stderr + done.stdout or "no reason given"


NAMES = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[wdhms]?", fullmatch=True),
    st.sampled_from(["host", "subnet", "range", "if", "infinite", "ignore", "localhost", "a" * 63, "0x10", "x--y"]),
)
MACS = st.binary(min_size=6, max_size=6).map(lambda address: address.hex(":"))
ADDRESSES = st.integers(0, 2**12 - 1).map(lambda number: f"10.40.{number >> 8}.{number & 255}")
ENTRIES = st.lists(
    st.fixed_dictionaries({"name": NAMES, "mac": MACS, "ip": ADDRESSES, "subnet": st.just(SUBNET)}),
    min_size=1,
    max_size=60,
)
SERVERS = st.lists(st.ip_addresses(v=4).map(str), max_size=9)
SUBNETS = st.fixed_dictionaries(
    {
        "subnet": st.just(SUBNET),
        "router": st.one_of(st.none(), ADDRESSES),
        "dns_servers": SERVERS,
        "ntp_servers": SERVERS,
        "captive_portal": st.sampled_from([None, "unrestricted"]),
    }
)


@pytest.mark.parametrize("server", sorted(CHECKERS))
def test_what_our_lint_passes_every_checker_takes(server: str) -> None:
    @LIMITS
    @given(ENTRIES, SUBNETS)
    def judge(entries: t.List[Entry], subnet: Entry) -> None:
        good: t.List[Entry] = []
        for entry in entries:
            if not read([*good, entry], [subnet]).problems:
                good.append(entry)
        wanted = read(good, [subnet])
        if good and not wanted.problems:
            with tempfile.TemporaryDirectory() as folder:
                assert not CHECKERS[server](wanted.reservations, folder)

    judge()


ALMOST = {
    "name": ["a", "b", "c", "A", "a b", "a_b", "-a", "a.b", ""],
    "mac": ["02:00:00:00:00:01", "02-00-00-00-00-01", "02:00:00:00:01", ""],
    "ip": ["10.40.0.1", "10.40.0.01", "10.40.0", "10.40.15.255", ""],
}
LIKELY = {"name": NAMES, "mac": MACS, "ip": ADDRESSES}
ROUGH = {name: st.one_of(st.sampled_from(ALMOST[name]), LIKELY[name], st.text(max_size=70)) for name in ALMOST}


@pytest.mark.parametrize("server", sorted(CHECKERS))
def test_what_a_checker_refuses_our_lint_refuses(server: str) -> None:
    """Entries as a careless renderer would hand them on: whatever a daemon does not like, we have not liked before."""

    @LIMITS
    @given(st.lists(st.fixed_dictionaries({**ROUGH, "subnet": st.just(SUBNET)}), min_size=1, max_size=3))
    @example([{"name": "a", "mac": "02:00:00:00:00:01", "ip": "10.40.0.9", "subnet": SUBNET}] * 2)
    @example([{"name": "a", "mac": "02-00-00-00-00-01", "ip": "10.40.0.9", "subnet": SUBNET}])
    def judge(entries: t.List[Entry]) -> None:
        rows = [{field: canonical(field, entry[field]) for field in _FIELDS} for entry in entries]
        raw = [Reservation(row["name"], row["mac"], row["ip"], row["subnet"]) for row in rows]
        with tempfile.TemporaryDirectory() as folder:
            try:
                refused = bool(CHECKERS[server](raw, folder))
            except UnicodeError:  # no file can hold it
                refused = True
        assert read(entries).problems or not refused

    judge()


_FIELDS = {"name": _values.host_label, "mac": _values.mac, "ip": _values.ipv4, "subnet": _values.subnet}


def canonical(field: str, text: str) -> str:
    """As we would write it, where we would."""
    try:
        return _FIELDS[field](text)
    except ValueError:
        return text
