# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update does to connections that are open: nothing while they are allowed, and an end at once when not."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import set_name
from support.firewall import REFUSED, WEB, apply, attempt, flow, policy
from support.gateway import (
    CLOUD,
    DEVICE,
    GATEWAY,
    OFFICE,
    OTHER_MAC,
    STRANGER_MAC,
    Result,
    Site,
    connect,
    listening,
    run_module,
)

CLOUD_SET = set_name("cloud.example", 4)
DOMAIN = {**WEB, "domains": ["*.cloud.example"]}
TABLE = ("inet", "fieldnet_iot")


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


class Stream:
    """A connection of the device over which data goes without a pause, both ways."""

    def __init__(self, stack: contextlib.ExitStack, site: Site, port: int) -> None:
        listener = stack.enter_context(listening(site.cloud, port))
        with site.device.entered():
            self.client = stack.enter_context(socket.create_connection((CLOUD, port), timeout=5))
        self.server = stack.enter_context(listener.accept()[0])
        self.server.settimeout(0.5)
        self.echoed = 0
        self.longest = 0.0
        self.error = ""
        self._end = threading.Event()
        self._worker = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Stream:
        self._worker.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._end.set()
        self._worker.join(10)

    def _work(self) -> None:
        try:
            while not self._end.is_set():
                start = time.monotonic()
                self.client.sendall(b"x" * 1000)
                self._read(self.server)
                self.server.sendall(b"y" * 1000)
                self._read(self.client)
                self.longest = max(self.longest, time.monotonic() - start)
                self.echoed += 1
        except OSError as error:
            # The server hears nothing at all; what the device was told is another question.
            self.error = os.strerror(self.client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or error.errno or 0)

    @staticmethod
    def _read(end: socket.socket) -> None:
        left = 1000
        while left:
            got = len(end.recv(left))
            if not got:
                raise OSError("closed")
            left -= got


def variants() -> t.Iterator[Result]:
    """Twenty policies, each unlike the one before in something, that all allow the device its connection."""
    base = policy([DOMAIN])
    for number in range(20):
        options: Result = {**base, "egress": "domains"}
        options["binding"] = ("mac-ip", "mac")[number % 2]
        options["unknown_devices"] = ("reject", "drop")[number // 2 % 2]
        options["log_limit"] = ("", "5/minute", "1/second")[number % 3]
        flows = [DOMAIN, *(flow(f"more{n}", "tcp", 1000 + n, OFFICE) for n in range(number % 5))]
        name = f"vendor{number % 3}"
        profile = {"name": name, "interface": "vlan40", "flows": [f["id"] for f in flows], "ipv6": number % 4 == 0}
        others = [
            {"name": f"d{n}", "interface": "vlan40", "mac": f"02:00:00:00:01:{n:02x}", "profile": name}
            for n in range(number)
        ]
        interfaces = base["interfaces"] if number % 7 else base["interfaces"][:1]
        redirect = [{**interfaces[0], "redirect": ["dns", "ntp"][: number % 3]}, *interfaces[1:]]
        options.update(flows=flows, profiles=[profile], interfaces=redirect)
        options["devices"] = [{**base["devices"][0], "profile": name}, *others]
        yield options


def fill(site: Site) -> None:
    site.gateway.run("nft", "add", "element", *TABLE, CLOUD_SET, f"{{ {CLOUD} timeout 1h }}")


def test_a_working_connection_never_notices_twenty_updates(site: Site) -> None:
    first, *others = variants()
    with contextlib.ExitStack() as stack:
        apply(site, {**first, "egress": "domains"})
        fill(site)
        with Stream(stack, site, 443) as stream:
            for options in others:
                before = stream.echoed
                assert apply(site, options)["differences"] == ["table inet fieldnet_iot"]
                deadline = time.monotonic() + 5
                while stream.echoed < before + 5 and not stream.error:
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
        assert stream.error == ""
        assert stream.longest < 1, "a segment was lost, and sent again"
        assert site.packets("refused/known") == site.packets("refused/cut") == 0
        assert site.packets("flow/web") >= stream.echoed > 1000


def test_each_update_forgets_who_lost_a_packet_to_the_one_before(site: Site) -> None:
    """The second refused packet ends a connection: two updates that lost it one packet each must not add up to that."""
    first, second, *_others = variants()
    apply(site, first)
    site.gateway.run("nft", "add", "element", *TABLE, "iot_cut", "{ 4711 }")
    assert site.elements("iot_cut") != []
    apply(site, second)
    assert site.elements("iot_cut") == []


def test_a_stricter_policy_cuts_an_open_connection_at_once(site: Site) -> None:
    mail = flow("mail", "tcp", 25)
    apply(site, policy([WEB, mail]))
    with contextlib.ExitStack() as stack, Stream(stack, site, 443) as stream, Stream(stack, site, 25) as kept:
        before = stream.echoed
        while stream.echoed < before + 3:
            assert not stream.error
        apply(site, policy([mail]))
        deadline = time.monotonic() + 2
        while not stream.error:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert stream.error == "Connection reset by peer"  # not an error that TCP ignores
        assert connect(site.device, CLOUD, 443) == REFUSED
        assert kept.error == ""
    assert site.packets("refused/cut") > 0


@pytest.mark.parametrize(
    "change",
    [
        {"devices": []},
        {"devices": [{"name": "moved", "interface": "vlan40", "mac": OTHER_MAC, "ip": DEVICE, "profile": "vendor"}]},
        {"local_networks": ["203.0.113.0/24"]},
        {"egress": "domains", "flows": [DOMAIN]},
    ],
    ids=["nobody", "another's", "local", "domains"],
)
def test_so_does_whatever_else_makes_it_stricter(site: Site, change: Result) -> None:
    apply(site, policy([WEB]))
    with contextlib.ExitStack() as stack, Stream(stack, site, 443) as stream:
        while stream.echoed < 3:
            assert not stream.error
        apply(site, {**policy([WEB]), **change})
        deadline = time.monotonic() + 2
        while not stream.error:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_datagrams_of_an_open_flow_are_cut_as_well(site: Site) -> None:
    telemetry = flow("telemetry", "udp", 7000)
    apply(site, policy([WEB, telemetry]))
    with listening(site.cloud, 7000, socket.SOCK_DGRAM), site.device.entered():
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with asking:
            asking.settimeout(1)
            asking.connect((CLOUD, 7000))
            for _round in range(3):  # assured, as connection tracking says
                asking.send(b"ping")
                assert asking.recv(10) == b"ping"
            apply(site, policy([WEB]))
            asking.settimeout(0.2)
            asking.send(b"ping")  # the first is lost without a word, see _nftables/_refusal.py
            with contextlib.suppress(socket.timeout):
                assert not asking.recv(10)
            asking.settimeout(1)
            asking.send(b"ping")
            with pytest.raises(OSError, match="No route to host"):
                asking.recv(10)


def test_addresses_of_domains_outlive_updates_and_traffic_refreshes_them(site: Site) -> None:
    options = {**policy([DOMAIN]), "egress": "domains"}
    apply(site, options)
    with listening(site.cloud, 443), listening(site.office, 443):
        assert connect(site.device, CLOUD, 443) == REFUSED
        site.gateway.run(
            "nft", "add", "element", *TABLE, CLOUD_SET, f"{{ {CLOUD} timeout 1h, {OFFICE}, 198.51.100.1 }}"
        )
        assert connect(site.device, CLOUD, 443) == "open"
        # The office does not become the cloud because a name says so.
        assert connect(site.device, OFFICE, 443) == REFUSED
        assert apply(site, options)["changed"] is False
        more = {**options, "devices": [*options["devices"], {**options["devices"][0], "mac": STRANGER_MAC, "ip": None}]}
        assert apply(site, more)["changed"]
        left = {e["elem"]["val"]: e["elem"]["expires"] for e in site.elements(CLOUD_SET)}
        assert set(left) == {CLOUD, OFFICE, "198.51.100.1"}
        assert left[CLOUD] > 86000, "traffic sets it back to a day"
        assert connect(site.device, CLOUD, 443) == "open"
        named = flow("web", "tcp", 443, OFFICE)
        apply(site, {**options, "flows": [{**named, "domains": DOMAIN["domains"]}]})
        assert connect(site.device, OFFICE, 443) == connect(site.device, CLOUD, 443) == "open"


def test_a_policy_that_fails_leaves_addresses_and_counts(site: Site, tmp_path: Path) -> None:
    """The kernel changes the table under us: verification fails, and the way back forgets nothing either."""
    options = {**policy([DOMAIN]), "egress": "domains"}
    site.gateway.run("nft", "add", "table", "inet", "office")
    apply(site, options)
    fill(site)
    with listening(site.cloud, 443):
        assert connect(site.device, CLOUD, 443) == "open"
    counted = site.packets("flow/web")
    before = _settled(site)
    # An nft that loads, and then spoils what it has loaded.
    nft = tmp_path / "nft"
    nft.write_text(
        '#!/bin/sh\n/usr/sbin/nft "$@" || exit\n'
        # Not where the rule set is tried out: there is no table of somebody else.
        'if [ "$*" = "-f -" ] && /usr/sbin/nft list table inet office; then\n'
        "    /usr/sbin/nft add chain inet fieldnet_iot spoiled\n"
        "fi >/dev/null 2>&1\n",
        encoding="ascii",
    )
    nft.chmod(0o755)
    hidden = ["unshare", "-m", "sh", "-c", f'mount --bind {tmp_path} /usr/local/sbin && exec "$@"', "sh"]
    changed = {**options, "flows": [{**DOMAIN, "port": 444}]}
    result = run_module(site.gateway, "firewall_policy", changed, prefix=hidden)
    assert "another program changes it" in result["msg"]
    assert "the old state was put back" in result["msg"]
    assert _settled(site) == before
    assert site.packets("flow/web") == counted
    assert [element["elem"]["val"] for element in site.elements(CLOUD_SET)] == [CLOUD]


def _settled(site: Site) -> t.Any:
    """The rules, as nft shows them to programs."""
    listed = json.loads(site.gateway.run("nft", "-j", "-s", "list", "table", *TABLE))["nftables"]
    return sorted(
        json.dumps({k: v for k, v in body.items() if k not in ("handle", "elem", "packets", "bytes")}, sort_keys=True)
        for entry in listed
        for body in entry.values()
    )


def test_the_gateway_itself_follows_the_same_rules(site: Site) -> None:
    dns = flow("dns", "tcp", 53, GATEWAY)
    apply(site, policy([WEB, dns]))
    with listening(site.gateway, 53) as server, site.device.entered():
        client = socket.create_connection((GATEWAY, 53), timeout=2)
        with client, server.accept()[0]:
            apply(site, policy([WEB]))
            client.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                client.recv(10)
    assert attempt(site.device, "tcp", GATEWAY, 53) == "EHOSTUNREACH"
