# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway answers in place of public servers, and what it learns instead of refusing."""

from __future__ import annotations

import contextlib
import socket
import time
import typing as t

import pytest

from support.firewall import INTERFACES, REFUSED, WEB, apply, flow, policy
from support.gateway import (
    CLOUD,
    CLOUD6,
    DEVICE_MAC,
    GATEWAY,
    OFFICE,
    STRANGER,
    STRANGER_MAC,
    Result,
    Site,
    connect,
    listening,
    run_module,
)
from support.netns import Host


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


@contextlib.contextmanager
def answering(host: Host, *ports: int) -> t.Iterator[None]:
    """Somebody answers there, by UDP and TCP."""
    with contextlib.ExitStack() as stack:
        for port in ports:
            stack.enter_context(listening(host, port, socket.SOCK_DGRAM))
            stack.enter_context(listening(host, port))
        yield


def ask(host: Host, target: str, port: int) -> str:
    """What is answered; only an answer from whom was asked counts as one."""
    with host.entered():
        asking = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_DGRAM)
    with asking:
        asking.settimeout(1)
        asking.connect((target, port))
        try:
            asking.send(b"ping")
            return asking.recv(10).decode()
        except OSError:
            return "nothing"


def redirecting(*flows: Result, exempt: t.Sequence[str] = (), services: t.Sequence[str] = ("dns", "ntp")) -> Result:
    options = policy(flows)
    vlan = {**INTERFACES[0], "redirect": list(services), "redirect_exempt": list(exempt)}
    return {**options, "interfaces": [vlan, INTERFACES[1]]}


DNS = [flow("dns/udp", "udp", 53, GATEWAY), flow("dns/tcp", "tcp", 53, GATEWAY)]
NTP = flow("ntp", "udp", 123)


def test_names_and_time_come_from_the_gateway_whomever_a_device_asks(site: Site) -> None:
    apply(site, redirecting(*DNS, NTP))
    with answering(site.gateway, 53, 123):  # nobody in the cloud answers
        for target in (CLOUD, "8.8.8.8", OFFICE, GATEWAY):
            assert ask(site.device, target, 53) == "ping", target
            assert ask(site.device, target, 123) == ("ping" if target != GATEWAY else "nothing")
            assert connect(site.device, target, 53) == "open"
        assert site.packets("flow/dns/udp") >= 4
        assert site.packets("gateway/ntp-redirected") >= 3
        # Nobody but known devices, and nothing but these ports.
        assert ask(site.stranger, CLOUD, 53) == "nothing"
        assert connect(site.stranger, CLOUD, 53) == REFUSED
        assert connect(site.device, CLOUD, 123) == REFUSED
        assert ask(site.other, CLOUD, 53) == "nothing"


def test_who_is_redirected_is_answered_even_without_a_flow(site: Site) -> None:
    apply(site, redirecting(WEB, services=["dns"]))
    with answering(site.gateway, 53, 123):
        assert ask(site.device, CLOUD, 53) == "ping"
        assert ask(site.device, GATEWAY, 53) == "nothing"
        assert ask(site.device, CLOUD, 123) == "nothing"
        apply(site, policy([WEB]))
        assert ask(site.device, CLOUD, 53) == "nothing"


def test_exempt_devices_and_named_servers_are_asked_themselves(site: Site) -> None:
    office = flow("dns/office", "udp", 53, OFFICE)
    anywhere = flow("dns/any", "udp", 53)
    apply(site, redirecting(office, anywhere))
    with answering(site.office, 53), answering(site.cloud, 53):
        assert ask(site.device, OFFICE, 53) == "ping"
        assert ask(site.device, CLOUD, 53) == "nothing"  # the gateway has no server here
        apply(site, redirecting(office, anywhere, exempt=[DEVICE_MAC]))
        assert ask(site.device, CLOUD, 53) == "ping"
        assert site.packets("flow/dns/any") >= 1


def test_devices_with_ipv6_are_redirected_there_too(site: Site) -> None:
    options = redirecting(WEB)
    options["profiles"][0]["ipv6"] = True
    apply(site, options)
    with answering(site.gateway, 53):
        assert ask(site.device, CLOUD6, 53) == "ping"
        assert ask(site.stranger, CLOUD6, 53) == "nothing"


def test_devices_of_others_are_not_redirected(site: Site) -> None:
    apply(site, redirecting(*DNS))
    with answering(site.gateway, 53), answering(site.cloud, 53):
        assert ask(site.office, CLOUD, 53) == "ping"
        assert site.packets("flow/dns/udp") == 0


def _utc(ahead: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ahead))


def learned(site: Site) -> t.Set[t.Tuple[t.Any, ...]]:
    return {tuple(entry["elem"]["val"]["concat"]) for entry in site.elements("iot_learned")}


def test_learning_lets_pass_and_remembers_and_ends_by_itself(site: Site) -> None:
    options = policy([WEB])
    with listening(site.cloud, 443), listening(site.cloud, 25), listening(site.office, 8080), listening(
        site.gateway, 22
    ):
        begun = time.time()
        apply(site, {**options, "mode": "learn", "learn_until": _utc(3600)})
        took = time.time() - begun
        assert connect(site.device, CLOUD, 443) == connect(site.device, CLOUD, 25) == "open"
        assert connect(site.device, OFFICE, 8080) == connect(site.device, GATEWAY, 22) == "open"
        assert connect(site.stranger, CLOUD, 25) == "open"
        seen = {
            ("vlan40", DEVICE_MAC, CLOUD, "tcp", 25),
            ("vlan40", DEVICE_MAC, OFFICE, "tcp", 8080),
            ("vlan40", DEVICE_MAC, GATEWAY, "tcp", 22),
            ("vlan40", STRANGER_MAC, CLOUD, "tcp", 25),
        }
        assert learned(site) == seen
        assert site.packets("learned") > 0
        # Nobody runs anything: the kernel's clock ends it. What was learned stays.
        ahead = 3 + 3 * took  # a busy machine needs longer to say so
        until = time.time() + ahead
        apply(site, {**options, "mode": "learn", "learn_until": _utc(ahead)})
        with site.device.entered():
            kept = socket.create_connection((CLOUD, 25), timeout=2)
        with kept:
            assert time.time() < until, "too slow a machine to see it end"
            time.sleep(max(0.0, until + 0.2 - time.time()))
            assert connect(site.device, CLOUD, 25) == connect(site.stranger, CLOUD, 25) == REFUSED
            deadline = time.monotonic() + 10
            with contextlib.suppress(ConnectionResetError):
                while time.monotonic() < deadline:
                    kept.sendall(b"x")
                    time.sleep(0.05)
            assert time.monotonic() < deadline
        assert connect(site.device, CLOUD, 443) == "open"
        assert learned(site) == seen
        ended = apply(site, {**options, "mode": "learn", "learn_until": _utc(-60)})
        assert "learning has ended" in str(ended["warnings"])
        assert connect(site.device, CLOUD, 25) == REFUSED
        apply(site, options)
        assert connect(site.device, CLOUD, 25) == REFUSED


def test_learning_is_bounded(site: Site) -> None:
    options = {**policy([WEB]), "mode": "learn", "learn_until": _utc(31 * 24 * 3600)}
    result = run_module(site.gateway, "firewall_policy", options)
    assert "more than 30 days away, and learning lasts no longer" in result["msg"]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_the_hosts_time_zone_does_not_matter(site: Site, zone: str) -> None:
    options = {**policy([WEB]), "mode": "learn", "learn_until": _utc(3600)}
    result = run_module(site.gateway, "firewall_policy", options, env={"TZ": zone})
    assert result["changed"]
    assert not run_module(site.gateway, "firewall_policy", options, env={"TZ": "Europe/Berlin"})["changed"]
    with listening(site.cloud, 25):
        assert connect(site.stranger, CLOUD, 25, source=STRANGER) == "open"
