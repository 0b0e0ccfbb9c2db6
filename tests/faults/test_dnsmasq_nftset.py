# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How dnsmasq fills sets, and how it fails to without a word: what egress by domain is built on.

A test that fails here with another dnsmasq says that something in docs/egress-domains.md is no longer true.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _domains
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy
from support.name_servers import TABLE, Resolver, ask, authority, elements, make_sets, wait
from support.netns import Host

UPSTREAM = "127.0.0.2"
RECORDS = [
    "local-ttl=3600",
    "host-record=vendor.example,192.0.2.1,2001:db8::1",
    "host-record=mqtt.vendor.example,192.0.2.2",
    "host-record=eu.mqtt.vendor.example,192.0.2.3",
    "host-record=evilvendor.example,192.0.2.4",
    "cname=alias.vendor.example,cdn.example",
    "host-record=cdn.example,192.0.2.5",
    "address=/long.example/192.0.2.7",
]


@dataclass
class World:
    """One host with both servers."""

    host: Host
    resolver: Resolver

    def fills(self, *lines: str) -> None:
        self.resolver.starts_with(*lines)

    def filled(self, name: str) -> t.List[str]:
        return sorted(elements(self.host, name))


@pytest.fixture
def world(tmp_path: Path) -> t.Iterator[World]:
    with contextlib.ExitStack() as stack:
        host = Host("names")
        stack.callback(host.delete)
        authority(stack, host, tmp_path, UPSTREAM, RECORDS)
        resolver = Resolver(host, tmp_path, UPSTREAM, "listen-address=127.0.0.1\n")
        stack.callback(resolver.daemon.kill)
        make_sets(host, "d4_a", "d4_b", "d6_a")
        yield World(host, resolver)


def line(domain: str, *sets: str) -> str:
    return f"nftset=/{domain}/{','.join(f'{name[1]}#inet#{TABLE}#{name}' for name in sets)}"


def test_a_domain_stands_for_itself_and_all_under_it_by_label(world: World) -> None:
    world.fills(line("vendor.example", "d4_a", "d6_a"))
    for name in ("vendor.example", "eu.mqtt.vendor.example", "evilvendor.example"):
        assert ask(world.host, name)
    assert world.filled("d4_a") == ["192.0.2.1", "192.0.2.3"]
    assert world.filled("d6_a") == []
    assert ask(world.host, "vendor.example", kind="AAAA") == ["2001:db8::1"]
    assert world.filled("d6_a") == ["2001:db8::1"]


def test_the_targets_of_aliases_are_filled_and_answers_over_tcp_too(world: World) -> None:
    world.fills(line("vendor.example", "d4_a"))
    assert ask(world.host, "alias.vendor.example") == ["192.0.2.5"]
    assert ask(world.host, "mqtt.vendor.example", tcp=True) == ["192.0.2.2"]
    assert world.filled("d4_a") == ["192.0.2.2", "192.0.2.5"]


def test_silent_of_two_lines_for_one_domain_only_one_works(world: World) -> None:
    world.fills(line("vendor.example", "d4_a"), line("vendor.example", "d4_b"))
    ask(world.host, "vendor.example")
    assert [world.filled("d4_a"), world.filled("d4_b")] == [["192.0.2.1"], []]


def test_silent_the_longest_suffix_works_alone(world: World) -> None:
    world.fills(line("vendor.example", "d4_a"), line("mqtt.vendor.example", "d4_b"))
    ask(world.host, "eu.mqtt.vendor.example")
    assert [world.filled("d4_a"), world.filled("d4_b")] == [[], ["192.0.2.3"]]


def test_our_lines_fill_the_sets_of_every_suffix(world: World) -> None:
    domains = ["vendor.example", "mqtt.vendor.example", "example"]
    sets = {domain: _domains.set_name(domain, 4) for domain in domains}
    make_sets(world.host, *sets.values())
    world.fills(*_domains.lines(domains, TABLE, False))
    ask(world.host, "eu.mqtt.vendor.example")
    assert {domain: world.filled(name) for domain, name in sets.items()} == {name: ["192.0.2.3"] for name in domains}


def test_silent_a_wildcard_never_matches(world: World) -> None:
    world.fills(line("*.vendor.example", "d4_a"))
    assert ask(world.host, "mqtt.vendor.example")
    assert world.filled("d4_a") == []


@pytest.mark.parametrize("silent", [True, False])
def test_silent_what_is_beyond_the_line_limit_is_lost(world: World, silent: bool) -> None:
    """Where the rest happens to look like a comment; else dnsmasq doesn't start, which its checker says."""
    sets = [f"d4_{number:010}" for number in range(45)]
    make_sets(world.host, *sets)
    names = (f"{'x' * length}.long.example" for length in range(1, 40))
    name, text = next((n, line(n, *sets)) for n in names if (line(n, *sets)[1024] == "#") is silent)
    (world.resolver.conf / "long.conf").write_text(f"{text}\n")
    command = ["dnsmasq", "--test", "-C", f"{world.resolver.conf}/long.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if silent else 1), done.stderr
    if silent:
        world.fills()
        assert ask(world.host, name) == ["192.0.2.7"]
        assert [bool(world.filled(each)) for each in sets].count(True) == text[:1024].count("#d4_") < 45


def test_a_line_as_long_as_ours_may_be_is_read_whole(world: World) -> None:
    deep = [".".join([*"abcdefghijklmnopqrstuvwxyz"[start:], "long.example"]) for start in range(26)]
    domains = next(deep[start:] for start in range(26) if _lines_are_taken(deep[start:]))
    assert len(_domains.lines(domains, TABLE, False)[0]) > 900
    sets = [_domains.set_name(domain, 4) for domain in domains]
    make_sets(world.host, *sets)
    world.fills(*_domains.lines(domains, TABLE, False))
    ask(world.host, domains[0])
    assert {name: world.filled(name) for name in sets} == {name: ["192.0.2.7"] for name in sets}


def test_silent_a_set_that_is_not_there_is_only_logged(world: World) -> None:
    world.fills(line("vendor.example", "d4_gone"))
    assert ask(world.host, "vendor.example") == ["192.0.2.1"]
    assert wait(lambda: f"nftset inet {TABLE} d4_gone Error" in world.resolver.log)


def test_silent_an_answer_does_not_prolong_what_is_there(world: World) -> None:
    world.fills(line("vendor.example", "d4_a"))
    ask(world.host, "vendor.example")
    assert wait(lambda: elements(world.host, "d4_a")["192.0.2.1"] < 86399)
    world.resolver.daemon.hang_up()
    assert wait(lambda: world.resolver.log.count("cleared cache") == 2)
    ask(world.host, "vendor.example")
    assert world.resolver.log.count("nftset add") == 2
    assert elements(world.host, "d4_a")["192.0.2.1"] < 86399


def test_silent_cached_answers_fill_nothing_until_a_signal(world: World) -> None:
    world.fills(line("vendor.example", "d4_a"))
    ask(world.host, "vendor.example")
    world.host.run("nft", "flush", "set", "inet", TABLE, "d4_a")
    assert ask(world.host, "vendor.example") == ["192.0.2.1"]
    assert world.filled("d4_a") == []
    world.resolver.daemon.hang_up()
    assert wait(lambda: bool(ask(world.host, "vendor.example") and world.filled("d4_a")))


def test_silent_an_element_that_ends_before_its_name_stays_away_as_long(world: World) -> None:
    """Why sets have long timeouts, and traffic prolongs them; max-cache-ttl bounds how long it lasts."""
    make_sets(world.host, "d4_brief", timeout="1s")
    world.fills(line("vendor.example", "d4_brief"), "max-cache-ttl=2")
    ask(world.host, "vendor.example")
    assert wait(lambda: not world.filled("d4_brief"))
    assert ask(world.host, "vendor.example") == ["192.0.2.1"]
    assert world.filled("d4_brief") == []
    assert wait(lambda: bool(ask(world.host, "vendor.example") and world.filled("d4_brief")))


@pytest.mark.parametrize(
    "local",
    ["address=/vendor.example/192.0.2.1", "host-record=vendor.example,192.0.2.1", "addn-hosts={folder}/hosts"],
)
def test_silent_what_dnsmasq_answers_itself_fills_nothing(world: World, local: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # where nobody, as whom dnsmasq reads it, may look
        Path(folder).chmod(0o755)
        (Path(folder) / "hosts").write_text("192.0.2.1 vendor.example\n")
        world.fills(line("vendor.example", "d4_a"), local.format(folder=folder))
        assert ask(world.host, "vendor.example") == ["192.0.2.1"]
    assert world.filled("d4_a") == []


def test_lines_for_ipset_are_a_list_of_their_own(world: World) -> None:
    world.fills("ipset=/vendor.example/other", line("vendor.example", "d4_a"), "ipset=/mqtt.vendor.example/other")
    ask(world.host, "mqtt.vendor.example")
    assert world.filled("d4_a") == ["192.0.2.2"]


def test_max_cache_ttl_can_be_said_only_once(world: World) -> None:
    """Why we don't say it: a site that does so one day would be left without DNS and DHCP."""
    (world.resolver.conf / "one.conf").write_text("max-cache-ttl=3600\n")
    (world.resolver.conf / "two.conf").write_text("max-cache-ttl=3600\n")
    done = subprocess.run(
        ["dnsmasq", "--test", "-C", "/dev/null", "-7", f"{world.resolver.conf},*.conf"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "illegal repeated keyword" in done.stderr) == (1, True)


def _lines_are_taken(domains: t.Sequence[str]) -> bool:
    with contextlib.suppress(InvalidPolicy):
        return bool(_domains.lines(domains, TABLE, False))
    return False
