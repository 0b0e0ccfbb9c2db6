# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices keep working while the gateway changes: what they looked up stays open, connections that are allowed go on.

The resolver answers from its cache all the time here, so that a set that is emptied even once stays empty.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _domains
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import converge
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dns import DnsPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _sets
from support.gateway import CLOUD, DEVICE, GATEWAY, Site, run_module
from support.name_servers import TABLE, Resolver, ask, authority, elements, wait
from support.netns import Host

PORT = 31314
NAME = "imp01.electricimp.com"
SET = _domains.set_name("electricimp.com", 4)
FLOW = {"id": "iot/kisi/cloud/primary", "interface": "vlan40", "protocol": "tcp", "port": PORT}
DNS = {"id": "iot/kisi/dns", "interface": "vlan40", "protocol": "udp", "port": 53, "to": [GATEWAY]}


@dataclass
class Device:
    """Looks a name up and connects, again and again, beside one connection that it keeps."""

    host: Host
    patient: bool = False  # asks again when nobody answers, as every resolver's client does
    lookups: int = 0
    troubles: t.List[str] = field(default_factory=list)

    @contextlib.contextmanager
    def working(self) -> t.Iterator[None]:
        """While this lasts."""
        ended = threading.Event()
        worker = threading.Thread(target=self._work, args=(ended,))
        worker.start()
        try:
            yield
        finally:
            ended.set()
            worker.join(30)
        assert not worker.is_alive()

    def _work(self, ended: threading.Event) -> None:
        with self._connect(CLOUD) as kept:
            while not ended.is_set():
                try:
                    with self._connect(self._look_up()) as fresh:
                        self._talk("new", fresh)
                    self._talk("kept", kept)
                except (OSError, dns.exception.DNSException) as error:
                    self.troubles.append(f"after {self.lookups}: {error!r}")
                    return
                self.lookups += 1
                ended.wait(0.01)

    def _look_up(self) -> str:
        for attempt in range(100):
            with contextlib.suppress(OSError, dns.exception.DNSException):
                return ask(self.host, NAME, GATEWAY)[0]
            if not self.patient:
                raise OSError(f"no answer at attempt {attempt}")
            time.sleep(0.05)
        raise OSError("no answer")

    def _connect(self, address: str) -> socket.socket:
        with self.host.entered():
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.settimeout(0.9)  # less than until a lost SYN is sent again: nothing may be lost
        connection.connect((address, PORT))
        return connection

    @staticmethod
    def _talk(which: str, connection: socket.socket) -> None:
        connection.sendall(b"ping")
        if connection.recv(100) != b"ping":
            raise OSError(f"the {which} connection was cut")


class Gateway:
    """A gateway whose policy and domains are changed."""

    def __init__(self, site: Site, resolver: Resolver) -> None:
        self.site, self.resolver = site, resolver
        self.mac = _mac(site.device)

    def apply(self, domains: t.Sequence[str], **options: t.Any) -> t.Dict[str, t.Any]:
        """A policy that allows the device what it does, and some more."""
        more = [
            {"id": f"iot/kisi/more/{n}", "interface": "vlan40", "protocol": "tcp", "port": 993, "domains": [domain]}
            for n, domain in enumerate(domains)
        ]
        flows = [{**FLOW, "domains": ["*.electricimp.com"]}, DNS, *more]
        profile = {"name": "iot_kisi", "interface": "vlan40", "title": "Kisi", "flows": [f["id"] for f in flows]}
        device = {"name": "one", "interface": "vlan40", "mac": self.mac, "ip": DEVICE, "profile": "iot_kisi"}
        policy: t.Dict[str, t.Any] = {
            "egress": "domains",
            "interfaces": [{"name": "vlan40", "subnet": "10.40.0.0/24", "router": GATEWAY}],
            "flows": flows,
            "profiles": [profile],
            "devices": [device],
            "persist": False,
        }
        return run_module(self.site.gateway, "firewall_policy", {**policy, **options})

    def fill(self, *patterns: str) -> None:
        """dnsmasq's part."""
        policy = DnsPolicy(tuple(sorted(patterns)), TABLE, False, (GATEWAY,))
        path = f"{self.resolver.conf}/fieldnet-iot-sets.conf"
        store = Store(f"{self.site.gateway.state}/fieldnet-iot")
        with self.site.gateway.entered():
            converge(lambda: _sets.DnsmasqSets(policy, self.resolver.daemon, path), False, store=store)


@pytest.fixture
def gateway(tmp_path: Path) -> t.Iterator[Gateway]:
    with contextlib.ExitStack() as stack:
        site = Site(stack)
        records = ["local-ttl=3600", f"address=/electricimp.com/{CLOUD}"]
        authority(stack, site.cloud, tmp_path, CLOUD, records)
        resolver = Resolver(site.gateway, tmp_path, CLOUD, "interface=vlan40\n")
        stack.callback(resolver.daemon.kill)
        resolver.starts_with()
        stack.enter_context(echoing(site.cloud, PORT))
        gateway = Gateway(site, resolver)
        assert gateway.apply([])["changed"]
        gateway.fill("*.electricimp.com")
        assert ask(site.device, NAME, GATEWAY) == [CLOUD]
        yield gateway


def test_twenty_updates_in_a_row_and_a_device_notices_none(gateway: Gateway) -> None:
    device = Device(gateway.site.device)
    limits = ["", "5/minute", "1/second"]
    with device.working():
        for number in range(20):
            before = device.lookups
            result = gateway.apply([f"d{n}.example" for n in range(number % 7)], log_limit=limits[number % 3])
            assert result["changed"], result
            assert CLOUD in elements(gateway.site.gateway, SET)
            assert wait(lambda: bool(device.troubles) or device.lookups > before + 1)  # noqa: B023  (called at once)
    assert device.troubles == []
    assert device.lookups > 20
    assert gateway.resolver.log.count(f"forwarded {NAME}") == 1, "it was not about the cache"


def test_the_same_device_does_notice_a_table_that_is_made_anew(gateway: Gateway) -> None:
    """That the test above can fail."""
    device = Device(gateway.site.device)
    with device.working():
        assert wait(lambda: device.lookups > 2)
        gateway.site.gateway.run("nft", "delete", "table", "inet", TABLE)
        gateway.apply([])
        assert wait(lambda: bool(device.troubles))
    assert device.troubles


def test_new_domains_restart_the_resolver_and_no_connection_fails(gateway: Gateway) -> None:
    device = Device(gateway.site.device, patient=True)
    with device.working():
        for number in range(3):
            before = device.lookups
            domains = [f"new{number}.example"]
            gateway.apply(domains)
            gateway.fill("*.electricimp.com", *domains)
            assert wait(lambda: bool(device.troubles) or device.lookups > before + 1)  # noqa: B023  (called at once)
    assert device.troubles == []


def _mac(host: Host) -> str:
    address: str = json.loads(host.run("ip", "-j", "link", "show", "eth0"))[0]["address"]
    return address


@contextlib.contextmanager
def echoing(host: Host, port: int) -> t.Iterator[None]:
    """A server that sends back what it gets, on any number of connections."""
    with host.entered():
        listener = socket.create_server(("0.0.0.0", port), backlog=64)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while data := connection.recv(100):
                connection.sendall(data)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
