# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The responder behind a real router: what is done to packets on the way, and what the probe must say of it.

Also the paired check: a listener that any other user, any death and any fault leaves nothing of.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path as File
from typing import Any, Iterator

import pytest

from support.path import CLIENT, SERVER, SERVER6, WAN, Path, nft
from support.responders import KEY, SERVICE
from support.segment import Host

IMPORTS = str(File(__file__).resolve().parents[2] / "build" / "src")
LISTENER = "from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _listener"
PLAIN, DROPPED, PROXIED, CLOSED_PROXY, ECHOED, MOVED, REJECTED, CUT, STATIC = range(2001, 2010)
TCP = (PLAIN, DROPPED, PROXIED, CLOSED_PROXY, ECHOED, MOVED, REJECTED, CUT, STATIC)
RULES = f"""
table ip nat {{
  chain pre {{
    type nat hook prerouting priority dstnat;
    tcp dport {PROXIED} redirect to :3001
    tcp dport {CLOSED_PROXY} redirect to :3002
    meta l4proto {{ tcp, udp }} th dport {ECHOED} redirect to :3003
    tcp dport {MOVED} dnat to {SERVER}:{PLAIN}
    udp dport {MOVED} dnat to {SERVER}:{PLAIN}
  }}
  chain post {{ type nat hook postrouting priority srcnat; th dport {STATIC} oifname wan masquerade; }}
}}
table inet faults {{
  chain forward {{
    type filter hook forward priority 0;
    th dport {DROPPED} drop
    meta nfproto ipv4 th dport {REJECTED} reject with icmp admin-prohibited
    meta nfproto ipv6 th dport {REJECTED} reject with icmpv6 admin-prohibited
    tcp dport {CUT} @ih,0,64 0x6669656c646e6574 reject with tcp reset
  }}
}}
"""
# What a proxy in the middle is, at its simplest: it takes every connection, and knows nobody behind.
PROXY = """
import socket, threading
def serve(port, act):
    sock = socket.create_server(("", port))
    while True:
        threading.Thread(target=act, args=(sock.accept()[0],), daemon=True).start()
def hold(one):
    while one.recv(4096): pass
def close(one):
    one.recv(4096); one.close()
def echo(one):
    one.sendall(one.recv(4096))
def echo_udp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sock.bind(("", 3003))
    while True:
        data, peer = sock.recvfrom(4096); sock.sendto(data, peer)
for call, args in ((serve, (3001, hold)), (serve, (3002, close)), (serve, (3003, echo)), (echo_udp, ())):
    threading.Thread(target=call, args=args, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""
# Observations over TCP and UDP. A proxied port is intercepted, whatever the proxy does with it.
WANTED = {
    PLAIN: ("open", "open"),
    DROPPED: ("dropped", "dropped"),
    PROXIED: ("intercepted", "open"),
    CLOSED_PROXY: ("intercepted", "open"),
    ECHOED: ("intercepted", "intercepted"),
    MOVED: ("intercepted", "intercepted"),
    REJECTED: ("rejected", "rejected"),
    CUT: ("intercepted", "open"),
    STATIC: ("open", "open"),
}


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with Path() as path, tempfile.TemporaryDirectory(prefix="responder-") as name:
        path.answer_without_limit()
        config = {
            "addresses": ["0.0.0.0", "::"],
            "ports": [{"protocol": protocol, "port": port} for protocol in ("tcp", "udp") for port in TCP],
            "per_source": 100,
            "total": 500,
        }
        folder = File(name)
        (folder / "responder.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "responder.key").write_text(KEY, encoding="ascii")
        start = f"exec {sys.executable} -I -B {SERVICE} {folder}/responder.json <{folder}/responder.key"
        path.server.start("sh", "-c", start)
        proxy = path.router.start(sys.executable, "-c", PROXY)
        if proxy.stdout is None or proxy.stdout.readline() != "ready\n":
            raise RuntimeError("the proxy did not start")
        nft(path.router, RULES)
        while "2009" not in path.server.run("ss", "-Hlnu"):
            time.sleep(0.05)
        yield path


def checks(host: str) -> list[dict[str, Any]]:
    return [
        {"id": f"{protocol}/{port}", "kind": "nonce", "host": host, "port": port, "protocol": protocol, "key": KEY}
        for port in WANTED
        for protocol in ("tcp", "udp")
    ]


def test_what_is_done_on_the_way_is_what_is_seen(path: Path) -> None:
    seen = path.probe(checks(SERVER))
    for port, wanted in WANTED.items():
        found = tuple(seen.results[f"{protocol}/{port}"]["observation"] for protocol in ("tcp", "udp"))
        assert found == wanted, (port, [seen.results[f"{name}/{port}"]["reason"] for name in ("tcp", "udp")])
    assert seen.wall < 4.5
    said = seen.results
    assert "proxy or firewall in the path" in said[f"tcp/{PROXIED}"]["reason"]
    assert "reset the connection instead of answering" in said[f"tcp/{CUT}"]["reason"]
    assert f"on its port {PLAIN}" in said[f"tcp/{MOVED}"]["reason"]
    assert said[f"tcp/{REJECTED}"]["addresses"][0]["icmp"]["name"] == "admin-prohibited"
    assert "answers on another port" in said[f"udp/{DROPPED}"]["reason"]
    assert not said[f"tcp/{PLAIN}"]["nat"]
    assert said[f"tcp/{PLAIN}"]["seen_as"]["address"] == CLIENT
    for protocol in ("tcp", "udp"):
        assert said[f"{protocol}/{STATIC}"]["nat"]
        assert said[f"{protocol}/{STATIC}"]["seen_as"]["address"] == WAN


def test_ipv6_goes_round_the_proxies_of_ipv4(path: Path) -> None:
    seen = path.probe(checks(SERVER6))
    ours = {PLAIN, PROXIED, CLOSED_PROXY, ECHOED, MOVED, STATIC}
    for port in WANTED:
        found = {name: seen.results[f"{name}/{port}"]["observation"] for name in ("tcp", "udp")}
        if port in ours:
            assert found == {"tcp": "open", "udp": "open"}
    assert seen.results[f"tcp/{REJECTED}"]["observation"] == "rejected"
    assert seen.results[f"udp/{DROPPED}"]["observation"] == "dropped"


def test_one_intercepted_address_is_enough(path: Path) -> None:
    """A device that meets the proxy over IPv4 is not helped by the way round it."""
    asked = [{"id": "name", "kind": "nonce", "host": "responder.example", "port": PROXIED, "key": KEY}]
    hosts = f"{SERVER} responder.example\n{SERVER6} responder.example\n"
    result = path.probe(asked, hosts=hosts).results["name"]
    assert result["observation"] == "intercepted"
    assert sorted(entry["observation"] for entry in result["addresses"]) == ["intercepted", "open"]


def test_a_silent_udp_port_alone_is_unproven(path: Path) -> None:
    asked = [{"id": "x", "kind": "nonce", "host": SERVER, "port": DROPPED, "protocol": "udp", "key": KEY, "timeout": 1}]
    assert path.probe(asked).results["x"]["observation"] == "unproven"


def python(host: Host, code: str, *before: str) -> str:
    return host.run(*before, "env", f"PYTHONPATH={IMPORTS}", sys.executable, "-c", f"{LISTENER}\n{code}")


def listen(host: Host, lifetime: float = 200) -> int:
    code = f"print(_listener.start({KEY!r}, [('udp', 62435)], {lifetime}, ['0.0.0.0'])['pid'])"
    return int(python(host, code))


def traces(host: Host) -> str:
    """All there could be of a listener in a host: sockets, named sockets, rules."""
    named = host.run("sh", "-c", "grep fieldnet-iot /proc/net/unix || true")
    return host.run("ss", "-Hlnu", "sport", "=", "62435") + named + host.run("nft", "list", "tables")


@pytest.fixture
def lan() -> Iterator[Path]:
    """The client and the router stand for two devices on one access point."""
    with Path() as path:
        yield path


def ask(path: Path, way: str) -> str:
    host, target = (path.client, "10.9.1.1") if way == "to-router" else (path.router, CLIENT)
    check = {"kind": "nonce", "host": target, "port": 62435, "protocol": "udp", "key": KEY, "timeout": 0.5, "id": way}
    return str(path.probe([check], on=host).results[way]["observation"])


def test_a_pair_is_proved_in_both_directions_and_isolation_is_found(lan: Path) -> None:
    before = [traces(lan.client), traces(lan.router)]
    listen(lan.client)
    listen(lan.router)
    assert [ask(lan, "to-router"), ask(lan, "to-client")] == ["open", "open"]
    hook = 'type filter hook ingress device "lan" priority 0;'
    nft(lan.router, f"table netdev isolation {{ chain in {{ {hook} udp dport 62435 drop; }}; }}")
    # Its own answers still come through: only what is meant for its port is dropped.
    assert [ask(lan, "to-router"), ask(lan, "to-client")] == ["unproven", "open"]
    nft(lan.router, "delete table netdev isolation")
    for host in (lan.client, lan.router):
        python(host, f"_listener.stop({KEY!r})")
    assert [traces(lan.client), traces(lan.router)] == before
    assert ask(lan, "to-router") == "closed"


def test_whatever_kills_a_listener_nothing_is_left(lan: Path) -> None:
    before = traces(lan.client)
    for end in ("lifetime", "kill"):
        pid = listen(lan.client, lifetime=1 if end == "lifetime" else 30)
        assert traces(lan.client) != before
        if end == "kill":
            os.kill(pid, 9)
        time.sleep(0.2 if end == "kill" else 1.3)
        assert traces(lan.client) == before


def test_another_user_cannot_stop_it_even_with_the_key(lan: Path) -> None:
    listen(lan.client)
    code = f"""
import os
os.setgroups([]); os.setgid(1234); os.setuid(1234)
try:
    _listener.stop({KEY!r})
except _listener.ListenerError as error:
    print(error)
"""
    assert "another user started it" in python(lan.client, code)
    assert ask(lan, "to-client") == "open"
    python(lan.client, f"_listener.stop({KEY!r})")
