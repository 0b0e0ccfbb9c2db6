# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains in a real dnsmasq that fills real sets: taken up, refused when it would not work, put back."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _domains
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import (
    Change,
    Membership,
    converge,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dns import DnsPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _sets as under_test
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError, InvalidPolicy
from support.gateway import CLOUD, GATEWAY, Site
from support.name_servers import TABLE, NameDaemon, Resolver, ask, authority, elements, make_sets, wait

VENDOR, SUB, OTHER = "vendor.example", "mqtt.vendor.example", "other.example"
RECORDS = [
    "local-ttl=600",
    f"host-record={VENDOR},203.0.113.21,2001:db8:99::21",
    f"host-record={SUB},203.0.113.22",
    f"host-record=eu.{SUB},203.0.113.23",
    f"host-record={OTHER},203.0.113.24",
]
SITE = "interface=vlan40\n"


@dataclass
class Gateway:
    """A gateway with a site's own dnsmasq and, where the packet filter's part is not under test, with sets."""

    site: Site
    resolver: Resolver

    @property
    def path(self) -> str:
        return f"{self.resolver.conf}/fieldnet-iot-sets.conf"

    @property
    def store(self) -> Store:
        return Store(f"{self.site.gateway.state}/fieldnet-iot")

    def sets(self, *domains: str, ipv6: bool = False) -> None:
        make_sets(
            self.site.gateway,
            *(_domains.set_name(_domains.apex(d), v) for d in domains for v in ((4, 6) if ipv6 else (4,))),
        )

    def hold(self, *patterns: str, ipv6: bool = False, check_mode: bool = False, **options: t.Any) -> Change:
        """Converge on some domains; none: on there being none."""
        policy = (
            DnsPolicy(tuple(sorted(patterns)), TABLE, ipv6, options.pop("routers", (GATEWAY,))) if patterns else None
        )
        with self.site.gateway.entered():
            return converge(
                lambda: under_test.DnsmasqSets(policy, self.resolver.daemon, self.path),
                check_mode,
                store=self.store,
                **options,
            )

    def fails(self, *patterns: str, **options: t.Any) -> str:
        """What it says when it refuses, and that it leaves everything as it was."""
        before = self.state()
        with pytest.raises(GatewayError) as caught:
            self.hold(*patterns, **options)
        assert self.state() == before
        assert not Path(self.store.journal).exists()
        return str(caught.value)

    def state(self) -> t.Tuple[t.Any, ...]:
        files = {str(p): (p.read_bytes(), p.stat().st_mode) for p in self.resolver.conf.iterdir()}
        return files, self.site.gateway.run("nft", "--stateless", "list", "ruleset")

    def filled(self, domain: str, version: int = 4) -> t.List[str]:
        return sorted(elements(self.site.gateway, _domains.set_name(domain, version)))

    def device_asks(self, name: str, kind: str = "A") -> t.List[str]:
        return ask(self.site.device, name, GATEWAY, kind)


@pytest.fixture
def gateway(tmp_path: Path) -> t.Iterator[Gateway]:
    with contextlib.ExitStack() as stack:
        site = Site(stack)
        authority(stack, site.cloud, tmp_path, CLOUD, RECORDS)
        resolver = Resolver(site.gateway, tmp_path, CLOUD, SITE)
        stack.callback(resolver.daemon.kill)
        resolver.starts_with()
        resolver.daemon.calls.clear()
        yield Gateway(site, resolver)


def test_what_devices_ask_for_is_filled(gateway: Gateway) -> None:
    gateway.sets("*.vendor.example", SUB)
    change = gateway.hold("*.vendor.example", SUB)
    assert change.differences == [gateway.path]
    assert gateway.resolver.daemon.calls == ["stop", "start"]
    assert gateway.device_asks(f"eu.{SUB}") == ["203.0.113.23"]
    assert "203.0.113.23" in gateway.filled(VENDOR)
    assert "203.0.113.23" in gateway.filled(SUB)
    assert gateway.device_asks(OTHER) == ["203.0.113.24"]
    assert "203.0.113.24" not in gateway.filled(VENDOR) + gateway.filled(SUB)


def test_ipv6_has_sets_of_its_own(gateway: Gateway) -> None:
    gateway.sets(VENDOR, ipv6=True)
    gateway.hold(VENDOR, ipv6=True)
    assert gateway.device_asks(VENDOR, "AAAA") == ["2001:db8:99::21"]
    assert gateway.filled(VENDOR, 6) == ["2001:db8:99::21"]


def test_names_that_can_be_asked_for_are_filled_at_once(gateway: Gateway) -> None:
    gateway.sets(SUB, OTHER)
    gateway.hold(SUB, OTHER)
    assert [gateway.filled(SUB), gateway.filled(OTHER)] == [["203.0.113.22"], ["203.0.113.24"]]


def test_an_unchanged_gateway_is_left_alone(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    gateway.hold(VENDOR)
    gateway.resolver.daemon.calls.clear()
    before = gateway.state()
    assert gateway.hold(VENDOR) == Change([], [], [], [])
    assert (gateway.resolver.daemon.calls, gateway.state()) == ([], before)


def test_check_mode_changes_nothing_and_says_what_a_run_does(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    before = gateway.state()
    checked = gateway.hold("*.vendor.example", check_mode=True)
    assert (gateway.resolver.daemon.calls, gateway.state()) == ([], before)
    assert gateway.hold("*.vendor.example") == checked
    assert checked.diff[0]["after"] == Path(gateway.path).read_text()


def test_absent_leaves_nothing_and_needs_no_sets(gateway: Gateway) -> None:
    before = gateway.state()
    assert not gateway.hold().differences
    gateway.sets(VENDOR)
    gateway.hold(VENDOR)
    gateway.site.gateway.run("nft", "delete", "table", "inet", TABLE)
    assert gateway.hold().differences == [gateway.path]
    assert gateway.state() == before
    assert gateway.device_asks(VENDOR)


def test_over_match_is_warned_of_when_it_comes_and_not_again(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    assert gateway.hold("*.vendor.example").warnings == _domains.over_match(["*.vendor.example"])
    assert not gateway.hold("*.vendor.example").warnings


def test_sets_that_are_missing_are_named_and_nothing_is_touched(gateway: Gateway) -> None:
    name = _domains.set_name(VENDOR, 4)
    assert gateway.fails(VENDOR) == (
        f"set inet {TABLE} {name} of {VENDOR} is missing:"
        " apply the firewall policy of the same plan first (egress: domains)"
    )
    assert gateway.resolver.daemon.calls == []
    # Of the wrong type it is as good as missing.
    gateway.site.gateway.run("nft", "-f", "-", stdin=f"table inet {TABLE} {{ set {name} {{ type ipv6_addr; }}; }}")
    assert f"{name} of {VENDOR} is missing" in gateway.fails(VENDOR)


def test_sets_that_go_are_a_difference(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    gateway.hold(VENDOR)
    gateway.site.gateway.run("nft", "delete", "table", "inet", TABLE)
    missing = f"set inet {TABLE} {_domains.set_name(VENDOR, 4)} of {VENDOR} is missing"
    assert gateway.hold(VENDOR, check_mode=True).differences == [missing]
    assert gateway.fails(VENDOR).startswith(missing)


@pytest.mark.parametrize("domain", ["vendor.example", "example", "eu.mqtt.vendor.example", "#", ".Vendor.Example"])
def test_silent_a_line_of_the_site_for_the_same_names_is_refused_with_its_place(gateway: Gateway, domain: str) -> None:
    make_sets(gateway.site.gateway, "theirs", table="theirs")
    (gateway.resolver.conf / "own.conf").write_text(f"# theirs\nnftset=/far.test/{domain}/4#inet#theirs#theirs\n")
    gateway.sets("*.vendor.example")
    message = gateway.fails("*.vendor.example")
    assert message.startswith(f"{gateway.resolver.conf}/own.conf line 2 fills sets for ")
    assert message.endswith(f" ours for {VENDOR}: remove it there, or do without egress by domain")


def test_lines_of_the_site_for_other_names_and_for_ipset_are_none_of_our_business(gateway: Gateway) -> None:
    (gateway.resolver.conf / "own.conf").write_text(
        "nftset=/far.test/evilvendor.example/4#inet#theirs#theirs\nipset=/vendor.example/theirs\n"
    )
    gateway.sets(VENDOR)
    gateway.hold(VENDOR)
    assert gateway.filled(VENDOR) == ["203.0.113.21"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("address=/vendor.example/192.0.2.9", VENDOR),
        ("address=/vendor.example/", VENDOR),
        ("local=/example/", "example"),
        (f"host-record={SUB},192.0.2.9", SUB),
        ("cname=www.vendor.example,far.test", "www.vendor.example"),
    ],
)
def test_silent_what_dnsmasq_answers_itself_is_warned_of(gateway: Gateway, line: str, name: str) -> None:
    (gateway.resolver.conf / "own.conf").write_text(f"{line}\n")
    gateway.resolver.daemon.restart()
    gateway.sets("*.vendor.example", VENDOR)
    (warning,) = gateway.hold("*.vendor.example", VENDOR).warnings
    assert warning.startswith(f"{gateway.resolver.conf}/own.conf line 1 lets dnsmasq answer {name} by itself")


def test_stale_answers_are_warned_of(gateway: Gateway) -> None:
    (gateway.resolver.conf / "own.conf").write_text("use-stale-cache\n")
    gateway.sets(VENDOR)
    (warning,) = gateway.hold(VENDOR, "*.vendor.example").warnings
    assert warning.startswith(f"{gateway.resolver.conf}/own.conf line 1: with use-stale-cache a device may")


def test_changes_of_the_site_that_the_restart_puts_into_effect_are_named(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    (gateway.resolver.conf / "own.conf").write_text("cache-size=200\n")
    os.utime(gateway.resolver.conf / "own.conf", (time.time() + 60, time.time() + 60))
    assert gateway.hold(VENDOR, "*.vendor.example").warnings == [
        f"{gateway.resolver.conf}/own.conf was changed after dnsmasq was started:"
        " the restart puts that into effect, too"
    ]


def test_names_that_nobody_answers_prove_nothing_and_do_not_hold_it_up(gateway: Gateway) -> None:
    names = [f"nobody{number}.example" for number in range(9)]
    gateway.sets(*names, ipv6=True)
    gateway.site.cloud.run("ip", "link", "set", "eth0", "down")
    begun = time.monotonic()
    assert gateway.hold(*names, ipv6=True).differences
    assert time.monotonic() - begun < 10


def test_forwarding_a_domain_elsewhere_is_no_answer_of_its_own(gateway: Gateway) -> None:
    (gateway.resolver.conf / "own.conf").write_text(f"server=/{VENDOR}/{CLOUD}\nserver=/other.example/#\n")
    gateway.sets(VENDOR)
    assert gateway.hold(VENDOR, "*.vendor.example").warnings == []


@pytest.mark.parametrize("site", ["interface=lan0\n", "interface=vlan40\nport=5353\n", "interface=vlan40\nport=0\n"])
def test_a_server_that_does_not_listen_where_devices_ask_is_refused(tmp_path: Path, site: str) -> None:
    with contextlib.ExitStack() as stack:
        resolver = Resolver((hosts := Site(stack)).gateway, tmp_path, CLOUD, site)
        stack.callback(resolver.daemon.kill)
        resolver.starts_with()
        gateway = Gateway(hosts, resolver)
        gateway.sets(VENDOR)
        message = gateway.fails(VENDOR)
        assert message.startswith(f"dnsmasq does not listen on {GATEWAY} port 53 (it does on ")
        assert "let it listen where the devices ask" in message


def test_another_server_at_the_router_is_not_taken_for_dnsmasq(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        hosts = Site(stack)
        (other := tmp_path / "other").mkdir()
        authority(stack, hosts.gateway, other, GATEWAY, RECORDS)
        resolver = Resolver(hosts.gateway, tmp_path, CLOUD, "interface=lan0\n")
        stack.callback(resolver.daemon.kill)
        resolver.starts_with()
        gateway = Gateway(hosts, resolver)
        gateway.sets(VENDOR)
        assert f"dnsmasq does not listen on {GATEWAY} port 53" in gateway.fails(VENDOR)


def test_a_folder_that_dnsmasq_does_not_read_is_named(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    elsewhere = f"{gateway.resolver.folder}/elsewhere/fieldnet-iot-sets.conf"
    policy = DnsPolicy((VENDOR,), TABLE, False)
    with gateway.site.gateway.entered(), pytest.raises(GatewayError, match=r"add conf-dir=.*/elsewhere,\*.conf to "):
        converge(lambda: under_test.DnsmasqSets(policy, gateway.resolver.daemon, elsewhere), False, store=gateway.store)


def test_a_configuration_that_dnsmasq_refuses_is_not_touched(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    (gateway.resolver.conf / "broken.conf").write_text("dhcp-range=nonsense\n")
    assert gateway.fails(VENDOR).startswith(
        "dnsmasq --test refused the domains' sets, nothing was changed: dnsmasq: bad"
    )
    assert gateway.resolver.daemon.calls == []


def test_a_dnsmasq_without_nftset_is_refused_with_the_remedy(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    old = gateway.resolver.folder / "dnsmasq"
    old.write_text(
        "#!/bin/sh\necho 'Dnsmasq version 2.85  Copyright'\necho 'Compile time options: IPv6 no-nftset ipset'\n"
    )
    old.chmod(0o755)
    gateway.sets(VENDOR)
    monkeypatch.setattr(under_test, "find", lambda _name: str(old))
    assert gateway.fails(VENDOR) == (
        "this dnsmasq (2.85) can't fill sets of nftables: install 2.87 or newer, compiled with nftset (see dnsmasq"
        " --version), or set the site's gateway to egress: ports"
    )


def test_a_process_that_may_not_fill_sets_is_put_back(tmp_path: Path) -> None:
    """As a service's CapabilityBoundingSet may leave it: with lines of ours dnsmasq refuses to start."""
    with contextlib.ExitStack() as stack:
        hosts = Site(stack)
        authority(stack, hosts.cloud, tmp_path, CLOUD, RECORDS)
        resolver = Resolver(hosts.gateway, tmp_path, CLOUD, SITE, user="root")
        command = resolver.daemon.command(resolver.daemon.state())
        resolver.daemon = Confined(hosts.gateway, command, {})
        stack.callback(resolver.daemon.kill)
        resolver.starts_with()
        gateway = Gateway(hosts, resolver)
        gateway.sets(VENDOR)
        assert gateway.fails("*.vendor.example").endswith("did not survive the change; the old state was put back")
        assert gateway.device_asks(VENDOR)


class Confined(NameDaemon):
    """Without the right to change the network's settings."""

    def _sh_start(self) -> str:
        return super()._sh_start().replace(" dnsmasq ", " setpriv --bounding-set=-net_admin dnsmasq ", 1)


def test_a_server_that_does_not_come_back_gets_its_old_file_and_serves(gateway: Gateway) -> None:
    """What --test does not see: a file of leases that can't be made."""
    gateway.sets(VENDOR, OTHER)
    gateway.hold(VENDOR)
    hook = gateway.resolver.conf / "own.conf"
    hook.write_text("dhcp-range=10.40.0.100,10.40.0.110\ndhcp-leasefile=/nowhere/leases\n")
    before = gateway.state()
    with pytest.raises(GatewayError) as caught:
        gateway.hold(VENDOR, OTHER)
    assert gateway.state() == before
    assert "did not survive the change; the old state was put back" in str(caught.value)
    hook.unlink()
    gateway.resolver.daemon.restart()
    assert gateway.device_asks(VENDOR)


def test_a_stopped_server_is_started(gateway: Gateway) -> None:
    gateway.sets(VENDOR)
    gateway.hold(VENDOR)
    gateway.resolver.daemon.stop()
    assert gateway.hold(VENDOR).differences == ["server.service is not active"]
    assert gateway.device_asks(VENDOR)


def test_an_open_transaction_that_ends_unconfirmed_puts_it_back(gateway: Gateway) -> None:
    gateway.sets(VENDOR, OTHER)
    gateway.hold(VENDOR)
    before, _sets = gateway.state()
    gateway.hold(OTHER, member=Membership("change", 600))
    assert gateway.filled(OTHER) == ["203.0.113.24"]
    done = subprocess.run(["sh", f"{gateway.store.journal}/rollback"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert gateway.state()[0] == before
    assert wait(lambda: gateway.resolver.daemon.state().active)
    gateway.site.gateway.run("nft", "flush", "set", "inet", TABLE, _domains.set_name(VENDOR, 4))
    assert gateway.device_asks(VENDOR)
    assert gateway.filled(VENDOR) == ["203.0.113.21"]


def test_a_bad_policy_is_refused_before_anything(gateway: Gateway) -> None:
    deep = [".".join([*"abcdefghijklmnopqrstuvwxyz"[start:], "example"]) for start in range(26)]
    with pytest.raises(InvalidPolicy, match="lies under so many other listed domains"):
        gateway.hold(*deep, ipv6=True)
