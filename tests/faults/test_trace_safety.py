# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A trace touches nothing, follows nobody else, is bounded, and is gone afterwards whatever dies."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._trace import _collector, _holder
from support.gateway import CLOUD, DEVICE, IMPORT_ROOT, STRANGER, Site, listening, run_module
from support.tracing import PORT, chain, end, flow, knock, leftover, start, traced


@pytest.fixture(scope="module")
def wired() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


@pytest.fixture
def site(wired: Site) -> t.Iterator[Site]:
    yield wired
    for process in collectors(wired):
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: not leftover(wired))
    wired.gateway.run("nft", "flush", "ruleset")


def collectors(site: Site) -> list[int]:
    """The processes that trace on this gateway."""
    pids = site.gateway.run("ip", "netns", "pids", site.gateway.name).split()
    return [int(pid) for pid in pids if name_of(pid) == "fieldnet-trace"]


def name_of(pid: str) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
    return ""


def wait_until(condition: t.Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def journeys(token: str, site: Site) -> list[t.Any]:
    with site.gateway.entered():
        return list(_collector.collect(token).journeys)


def test_nothing_of_others_is_followed(site: Site) -> None:
    """Another device to the same service, the same device to other ports and protocols, and the answers to them."""
    chain(site.gateway, "postrouting", 'oifname "wan0" masquerade', head="nat", priority=100)
    others = [
        (site.stranger, flow(source=STRANGER)),
        (site.device, flow(port=443)),
        (site.device, flow(protocol="udp")),
        (site.device, flow(6)),
        (site.other, flow(source="10.41.0.10")),
    ]
    with listening(site.cloud, PORT), listening(site.cloud, 443):
        token = start(site, flow())
        for host, other in others:
            knock(host, other)
        knock(site.device, flow())
        for host, other in others:
            knock(host, other)
        found = journeys(token, site)
    ends = {(one.header.source, one.header.destination) for one in found}
    assert {one.header.protocol for one in found} == {"tcp"}
    assert ends == {(DEVICE, CLOUD), (CLOUD, "203.0.113.1")}
    assert {PORT} < {port for one in found for port in (one.header.sport, one.header.dport)}
    assert len({one.header.ends for one in found if not one.back}) == 1


def test_a_packet_that_somebody_else_traces_is_not_ours(site: Site) -> None:
    chain(site.gateway, "prerouting", "meta nftrace set 1", priority=-350)
    token = start(site, flow())
    knock(site.device, flow(port=443))
    assert journeys(token, site) == []


def test_a_network_and_a_mac_address_are_one_device(site: Site) -> None:
    wanted = flow(source="10.40.0.0/24", mac="02:00:00:00:00:10")
    token = start(site, wanted)
    knock(site.stranger, wanted)
    knock(site.device, wanted)
    assert {one.header.source for one in journeys(token, site) if not one.back} == {DEVICE}


def test_other_tables_stay_as_they_are(site: Site) -> None:
    chain(site.gateway, "forward", "ct state established accept", f"tcp dport {PORT} counter drop")
    site.gateway.run("iptables-nft", "-P", "FORWARD", "DROP")
    before = site.gateway.run("nft", "-s", "list", "ruleset")
    assert traced(site, flow())["place"] == "dropped"
    assert site.gateway.run("nft", "-s", "list", "ruleset") == before


def test_connection_tracking_is_not_switched_on_by_it(site: Site) -> None:
    def tracked() -> int:
        counted = site.gateway.run("sysctl", "-n", "net.netfilter.nf_conntrack_count", check=False).strip()
        return int(counted or "0")

    with listening(site.cloud, PORT):
        before = tracked()  # of other tests
        token = start(site, flow())
        knock(site.device, flow())
        after = tracked()
        assert end(site, token, flow())[0]["place"] == "delivered"
    assert after <= before


def test_a_flood_is_not_traced_packet_by_packet(site: Site) -> None:
    wanted = flow(protocol="udp")
    token = start(site, wanted)
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        with site.device.entered():
            # Each from a port of its own: of one connection only the beginning is kept anyway.
            sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _turn in range(300)]
        for sock in sockets:
            sock.sendto(b"ping", (CLOUD, PORT))
    took = time.monotonic() - began
    (found,) = end(site, token, wanted)
    # 40 at once and 20 a second, at the interface and at the IP layer.
    assert 0 < found["packets"] <= 2 * (41 + 20 * took)


def test_two_at_a_time_do_not_disturb_each_other(site: Site) -> None:
    token = start(site, flow())
    with pytest.raises(GatewayError, match="another trace runs on this host"):
        start(site, flow(port=443))
    result = run_module(site.gateway, "path_trace", {"flows": [flow()], "state": "ended", "token": "abc"})
    assert result["results"][0]["place"] == "untraceable"
    assert "another's" in result["results"][0]["reason"]
    knock(site.device, flow())
    assert end(site, token, flow())[0]["packets"] == 1


def test_nobody_else_poses_as_the_trace(site: Site) -> None:
    code = "import os, socket, time; s = socket.socket(socket.AF_UNIX); os.setuid(65534);"
    code += " s.bind(b'\\0fieldnet-iot-trace'); s.listen(4); print(flush=True); time.sleep(30)"
    with site.gateway.popen(sys.executable, "-c", code) as other:
        if other.stdout:
            other.stdout.readline()
        with pytest.raises(GatewayError, match="another user"):
            start(site, flow())
        other.kill()
    assert not leftover(site)


def test_as_a_module_from_its_beginning_to_its_end(site: Site) -> None:
    chain(site.gateway, "forward", f'tcp dport {PORT} drop comment "ticket 4711"')
    options = {"flows": [flow()], "name": "gw-berlin"}
    started = run_module(site.gateway, "path_trace", {**options, "state": "started"})
    assert (started["changed"], started["traced"], started["results"]) == (False, True, [])
    knock(site.device, flow())
    ended = run_module(site.gateway, "path_trace", {**options, "state": "ended", "token": started["token"]})
    (found,) = ended["results"]
    assert (found["id"], found["place"]) == ("tcp4-31314", "dropped")
    assert found["reason"] == (
        f"it was dropped on gw-berlin by table inet corp, chain main: `tcp dport {PORT} drop` (ticket 4711);"
        " not a rule of this collection"
    )
    assert not leftover(site)
    assert not collectors(site)


def test_options_are_refused_all_at_once(site: Site) -> None:
    wrong = {"id": "a b", "protocol": "tcp", "source": "10.40.0.10; drop", "destination": "x", "port": 0}
    mixed = flow(destination="2001:db8::1")
    result = run_module(site.gateway, "path_trace", {"flows": [wrong, mixed], "duration": 9999, "token": "a b"})
    assert result["failed"]
    places = [error.split(":")[0] for error in result["errors"]]
    names = ("id", "source", "destination", "port")
    assert places == [*(f"flows[0].{name}" for name in names), "flows[1].source", "duration", "token"]


@pytest.mark.parametrize("prefix", [["setpriv", "--reuid", "65534", "--clear-groups"], ["env", "_=no-nft"]])
def test_a_host_that_cannot_trace_says_so(site: Site, prefix: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if prefix[0] == "env":
        monkeypatch.setattr(_holder, "find", lambda _program: None)
        with pytest.raises(GatewayError, match="install nftables"):
            start(site, flow())
        return
    result = run_module(site.gateway, "path_trace", {"flows": [flow()]}, prefix=prefix)
    assert not result.get("failed")
    assert (result["traced"], result["results"][0]["place"]) == (False, "untraceable")
    assert "root" in result["results"][0]["reason"]


def test_check_mode_loads_nothing(site: Site) -> None:
    result = run_module(site.gateway, "path_trace", {"flows": [flow()], "_check": True})
    assert (result["changed"], result["results"][0]["place"]) == (False, "untraceable")


def test_the_table_goes_with_the_process_that_holds_it(site: Site) -> None:
    start(site, flow())
    assert leftover(site)
    (process,) = collectors(site)
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: not leftover(site))
    assert traced(site, flow())["packets"] == 1


@pytest.mark.parametrize("moment", [0.1, 0.3, 0.6, None])
def test_a_module_that_is_killed_leaves_no_table(site: Site, moment: float | None) -> None:
    options = json.dumps({"ANSIBLE_MODULE_ARGS": {"duration": 1, "flows": [flow()]}})
    code = "from ansible_collections.fieldnet.iot.plugins.modules import path_trace; path_trace.main()"
    command = ["ip", "netns", "exec", site.gateway.name, sys.executable, "-c", code, options]
    environment = {**os.environ, "PYTHONPATH": str(IMPORT_ROOT)}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment, start_new_session=True) as module:
        if moment is None:
            wait_until(lambda: leftover(site))
        else:
            time.sleep(moment)
        os.killpg(module.pid, signal.SIGKILL)
    wait_until(lambda: not leftover(site))


def test_nobody_fetches_it(site: Site) -> None:
    start(site, flow(), seconds=1)
    assert leftover(site)
    wait_until(lambda: not leftover(site))
    (old,) = collectors(site)  # what was seen waits, but not for ever: its end is in the kernel's hands
    assert traced(site, flow())["packets"] == 1  # nor does it keep others waiting
    wait_until(lambda: old not in collectors(site))


@pytest.mark.parametrize("killed", [False, True])
def test_a_host_without_owners_of_tables_has_a_timer(site: Site, killed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_holder, "_LIBRARY", "there-is-none.so")
    monkeypatch.setattr(_holder, "_GRACE", 1)
    token = start(site, flow(), seconds=1 if killed else 20)
    assert leftover(site)
    if killed:
        (process,) = collectors(site)
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: not leftover(site))
        return
    knock(site.device, flow())
    assert end(site, token, flow())[0]["place"] == "delivered"
    assert "sleep" not in {name_of(pid) for pid in site.gateway.run("ip", "netns", "pids", site.gateway.name).split()}


def test_a_table_that_was_left_behind_is_replaced(site: Site) -> None:
    site.gateway.run("nft", "add table inet fieldnet_iot_trace; add chain inet fieldnet_iot_trace old")
    assert traced(site, flow())["packets"] == 1
