# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path to break: a client, a router and a server in network namespaces of their own, joined by cables.

    client eth0 10.9.1.2 ── lan 10.9.1.1 router wan 10.9.2.1 ── eth0 10.9.2.2 server
                fd09:1::2 ── fd09:1::1          fd09:2::1 ── fd09:2::2

Nothing has a name or a file on the machine: all of it lives as long as the processes in it, which are killed when the
test run ends, however it ends. Runs as root, and as anyone under `unshare --user --map-root-user --net --mount`.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path as File
from typing import Any, NamedTuple, Sequence

from support.segment import Host

CLIENT, ROUTER, SERVER = "10.9.1.2", "10.9.1.1", "10.9.2.2"
CLIENT6, ROUTER6, SERVER6 = "fd09:1::2", "fd09:1::1", "fd09:2::2"
WAN, WAN6 = "10.9.2.1", "fd09:2::1"

_UTILS = ("mount", "nsenter", "setpriv", "unshare")
_PROGRAMS = {"ip": "iproute2", "nft": "nftables", **dict.fromkeys(_UTILS, "util-linux")}
_HERE = File(__file__).resolve().parent
_COLLECTIONS = _HERE.parents[1] / "build" / "src"


class Seen(NamedTuple):
    """What the engine returned, what the run took, and how long the process went on after it."""

    results: dict[str, dict[str, Any]]
    wall: float
    peak_mb: float
    lingered: float = 0.0


class Path:
    """Client, router and server."""

    def __init__(self) -> None:
        missing = sorted({package for program, package in _PROGRAMS.items() if not shutil.which(program)})
        if missing:
            raise RuntimeError(f"the fault tests need the packages {', '.join(missing)}: install them")
        self._stack = ExitStack()

    def __enter__(self) -> Path:
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_why: object) -> None:
        self._stack.close()

    def _build(self) -> None:
        self._folder = File(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="path-")))
        self._folder.chmod(0o755)
        self.client, self.router, self.server = (Host(self._stack) for _role in range(3))
        for host in (self.client, self.router, self.server):
            # Without it, link-local addresses are tentative for a second, and neighbours unanswered.
            sysctl(host, "net.ipv6.conf.default.accept_dad", "0")
            # Linux counts them against the ICMP errors it sends to the same host.
            sysctl(host, "net.ipv4.conf.all.send_redirects", "0")
            sysctl(host, "net.ipv4.conf.default.send_redirects", "0")
        wire(self.client, "eth0", self.router, "lan")
        wire(self.router, "wan", self.server, "eth0")
        _address(self.client, "eth0", f"{CLIENT}/24", f"{CLIENT6}/64")
        _address(self.router, "lan", f"{ROUTER}/24", f"{ROUTER6}/64")
        _address(self.router, "wan", f"{WAN}/24", f"{WAN6}/64")
        _address(self.server, "eth0", f"{SERVER}/24", f"{SERVER6}/64")
        # Only to the other side, not to the world: what else the client asks for has no route.
        _route(self.client, "10.9.2.0/24", ROUTER, "fd09:2::/64", ROUTER6)
        _route(self.server, "10.9.1.0/24", WAN, "fd09:1::/64", WAN6)
        sysctl(self.router, "net.ipv4.ip_forward", "1")
        sysctl(self.router, "net.ipv6.conf.all.forwarding", "1")

    def answer_without_limit(self) -> None:
        """Let router and server send as many ICMP errors as they like, to see each fault by itself."""
        for host in (self.router, self.server):
            # Not icmp_ratelimit=0: that empties the bucket which also limits what missing routes make Linux say.
            sysctl(host, "net.ipv4.icmp_ratemask", "0")
            sysctl(host, "net.ipv6.icmp.ratelimit", "0")

    def serve(self, **ports: Sequence[int]) -> None:
        """Let the server listen: see path_server.py for what it can do."""
        server = self.server.start(sys.executable, str(_HERE / "path_server.py"), json.dumps(ports))
        if server.stdout is None or server.stdout.readline() != "ready\n":
            raise RuntimeError("the server of the path did not start")

    def probe(
        self,
        checks: Sequence[dict[str, Any]],
        hosts: str = "",
        nameserver: str = "127.0.0.1",
        on: Host | None = None,
        **how: Any,
    ) -> Seen:
        """Run checks on the client by the real engine, as a user without any capability."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            File(folder).chmod(0o755)
            File(folder, "hosts").write_text("127.0.0.1 localhost\n" + hosts)
            File(folder, "resolv.conf").write_text(f"nameserver {nameserver}\noptions timeout:30 attempts:1\n")
            mounts = [f"mount --bind {folder}/{name} $(realpath /etc/{name})" for name in ("hosts", "resolv.conf")]
            shell = " && ".join([*mounts, 'exec setpriv --pdeathsig KILL -- "$@"'])
            python = ("env", f"PYTHONPATH={_COLLECTIONS}:{_HERE.parent}", sys.executable, str(_HERE / "path_probe.py"))
            request = json.dumps({"checks": list(checks), **how})
            command = ("unshare", "--mount", "sh", "-c", shell, "sh", *python)
            told = json.loads((on or self.client).run(*command, text=request))
        lingered = time.monotonic() - told["ended"]
        return Seen({result["id"]: result for result in told["results"]}, told["wall"], told["peak_mb"], lingered)


def nft(host: Host, rules: str) -> None:
    """Load rules into a host's packet filter."""
    host.run("nft", "-f", "-", text=rules)


def sysctl(host: Host, name: str, value: str) -> None:
    """Set a parameter of a host's network."""
    host.sysctl(name, value)


def wire(one: Host, interface: str, other: Host, peer: str) -> None:
    """A cable between two hosts."""
    one.run("ip", "link", "add", interface, "type", "veth", "peer", "name", peer, "netns", str(other.pid))
    one.run("ip", "link", "set", interface, "up")
    other.run("ip", "link", "set", peer, "up")


def _address(host: Host, interface: str, ipv4: str, ipv6: str) -> None:
    host.run("ip", "address", "add", ipv4, "dev", interface)
    host.run("ip", "address", "add", ipv6, "dev", interface, "nodad")


def _route(host: Host, ipv4: str, via4: str, ipv6: str, via6: str) -> None:
    host.run("ip", "route", "add", ipv4, "via", via4)
    host.run("ip", "-6", "route", "add", ipv6, "via", via6)
