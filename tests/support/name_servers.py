# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real dnsmasqs: a gateway's own, which fills sets, and the one that it asks."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import typing as t
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._name_service import heard_on
from support.dhcp_servers import ProcessDaemon
from support.netns import Host

TABLE = "fieldnet_iot"
_DEADLINE = 5.0


class NameDaemon(ProcessDaemon):
    """A dnsmasq as a child process, known to be up when its socket is."""

    def start(self) -> None:
        """Run it, and wait until it hears questions or is dead."""
        self.calls.append("start")
        subprocess.run(["sh", "-c", self._sh_start()], check=True, timeout=10)
        wait(lambda: not self.state().active or bool(heard_on(self.state().pid)))


class Resolver:
    """A gateway's dnsmasq with a site's own configuration, and the folder with all that it reads."""

    def __init__(self, host: Host, folder: Path, server: str, site: str = "", user: str = "nobody") -> None:
        self.host, self.folder = host, folder
        self.conf = folder / "dnsmasq.d"
        self.conf.mkdir()
        folder.chmod(0o755)
        (self.conf / "site.conf").write_text(f"no-resolv\nno-hosts\nserver={server}\nbind-dynamic\n{site}")
        main = folder / "dnsmasq.conf"
        main.write_text(f"log-queries\nlog-facility={folder}/log\n")
        argv = ["dnsmasq", "-k", "-u", user, "-x", f"{folder}/pid", "-C", str(main), "-7", f"{self.conf},*.conf"]
        self.daemon = NameDaemon(host, argv, {})

    def starts_with(self, *lines: str) -> None:
        """Run it with some more lines of configuration."""
        (self.conf / "more.conf").write_text("".join(f"{line}\n" for line in lines))
        self.daemon.restart() if self.daemon.state().active else self.daemon.start()
        assert self.daemon.state().active, "dnsmasq does not start"

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text()


def authority(stack: contextlib.ExitStack, host: Host, folder: Path, address: str, records: t.Iterable[str]) -> Path:
    """A server on a host that knows some records and nothing else; the file with them, read again on restart."""
    file = folder / "authority.conf"
    file.write_text("no-resolv\nno-hosts\nlocal=/#/\nbind-interfaces\n" + "".join(f"{line}\n" for line in records))
    server = host.popen(
        "dnsmasq", "-k", "-u", "root", "-x", "", "-C", str(file), "-a", address, "--log-facility=/dev/null"
    )
    stack.callback(server.communicate)
    stack.callback(server.kill)
    wait(lambda: f"{address}:53 " in host.run("ss", "-Huln") or server.poll() is not None)
    return file


def ask(host: Host, name: str, server: str = "127.0.0.1", kind: str = "A", tcp: bool = False) -> t.List[str]:
    """The addresses that a server answers a host with, sorted."""
    query = dns.message.make_query(name, kind)
    with host.entered():
        send = dns.query.tcp if tcp else dns.query.udp
        reply = send(query, server, timeout=_DEADLINE)
    wanted = dns.rdatatype.from_text(kind)
    return sorted(item.address for rrset in reply.answer if rrset.rdtype == wanted for item in rrset)


def make_sets(host: Host, *names: str, table: str = TABLE, timeout: str = "1d") -> None:
    """Sets as the packet filter has them."""
    kinds = {name: "ipv6_addr" if name.startswith("d6") else "ipv4_addr" for name in names}
    sets = "".join(
        f"set {name} {{ type {kind}; flags dynamic,timeout; timeout {timeout}; size 65535; }}\n"
        for name, kind in kinds.items()
    )
    host.run("nft", "-f", "-", stdin=f"table inet {table} {{\n{sets}}}\n")


def elements(host: Host, name: str, table: str = TABLE) -> t.Dict[str, int]:
    """What a set holds: each address, and the seconds that it stays."""
    listed = json.loads(host.run("nft", "-j", "list", "set", "inet", table, name))["nftables"][-1]["set"]
    return {entry["elem"]["val"]: entry["elem"]["expires"] for entry in listed.get("elem", [])}


def wait(condition: t.Callable[[], bool], within: float = _DEADLINE) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
