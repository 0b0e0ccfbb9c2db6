# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway between devices, an office and a cloud, each a network namespace of its own."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

from support.netns import Host, wire

IMPORT_ROOT = Path(__file__).resolve().parents[2] / "build" / "src"
MODULES = "ansible_collections.fieldnet.iot.plugins.modules"
GATEWAY, DEVICE, OTHER, CLOUD, OFFICE = "10.40.0.1", "10.40.0.10", "10.41.0.10", "203.0.113.10", "192.168.7.10"
DEVICE6, CLOUD6 = "2001:db8:40::10", "2001:db8:99::10"
STRANGER = "10.40.0.99"
DEVICE_MAC, OTHER_MAC, STRANGER_MAC = "02:00:00:00:00:10", "02:00:00:00:00:20", "02:00:00:00:00:99"
_IP_RECVERR, _MSG_ERRQUEUE = 11, 0x2000

# What a host writes into /var/lib is its own: ip netns exec gives each command a mount namespace.
_OWN_DISK = 'mount --bind "$1" /var/lib && shift && exec "$@"'

Result = t.Dict[str, t.Any]


class Site:
    """The hosts, wired: vlan40 and eth0.41 are IoT interfaces, lan0 and wan0 are not; vlan40 has a switch behind it."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.gateway, self.device, self.other, self.cloud, self.office, self.stranger, self.switch = (
            self._host(stack, role) for role in ("gw", "device", "other", "cloud", "office", "stranger", "switch")
        )
        self.switch.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        self.switch.run("ip", "link", "set", "br0", "up")
        wire(self.gateway, "vlan40", self.switch, "gateway")
        self.switch.run("ip", "link", "set", "gateway", "master", "br0")
        self._address(self.gateway, "vlan40", "10.40.0.1", "2001:db8:40::1")
        for host, name, mac, last in (
            (self.device, "device", DEVICE_MAC, "10"),
            (self.stranger, "stranger", STRANGER_MAC, "99"),
        ):
            wire(host, "eth0", self.switch, name)
            self.switch.run("ip", "link", "set", name, "master", "br0")
            self._join(host, mac, f"10.40.0.{last}", f"2001:db8:40::{last}")
        self._attach(self.other, "eth0.41", "10.41.0", "2001:db8:41:", OTHER_MAC)
        self._attach(self.office, "lan0", "192.168.7", "2001:db8:7:")
        self._attach(self.cloud, "wan0", "203.0.113", "2001:db8:99:")
        self.gateway.sysctl("net.ipv4.ip_forward", "1")
        self.gateway.sysctl("net.ipv6.conf.all.forwarding", "1")
        # To see each refusal by itself: not icmp_ratelimit=0, which empties the bucket of others.
        self.gateway.sysctl("net.ipv4.icmp_ratemask", "0")

    @staticmethod
    def _host(stack: contextlib.ExitStack, role: str) -> Host:
        host = Host(role)
        stack.callback(host.delete)
        return host

    def _attach(self, host: Host, interface: str, net: str, net6: str, mac: str = "") -> None:
        wire(self.gateway, interface, host, "eth0")
        self._address(self.gateway, interface, f"{net}.1", f"{net6}:1")
        self._join(host, mac, f"{net}.10", f"{net6}:10")

    def _join(self, host: Host, mac: str, ip: str, ip6: str) -> None:
        if mac:
            host.run("ip", "link", "set", "eth0", "address", mac)
        self._address(host, "eth0", ip, ip6)
        host.run("ip", "route", "add", "default", "via", ip.rsplit(".", 1)[0] + ".1")
        host.run("ip", "-6", "route", "add", "default", "via", ip6.rsplit(":", 1)[0] + ":1")

    @staticmethod
    def _address(host: Host, interface: str, ip: str, ip6: str) -> None:
        host.run("ip", "address", "add", f"{ip}/24", "dev", interface)
        host.run("ip", "address", "add", f"{ip6}/64", "dev", interface, "nodad")

    def ruleset(self) -> t.Any:
        """All tables but ours, as nft shows them to programs."""
        listed = json.loads(self.gateway.run("nft", "-j", "list", "ruleset"))["nftables"]
        return [
            entry
            for entry in listed
            for body in entry.values()
            if body.get("table", body.get("name")) != "fieldnet_iot"
        ]

    def packets(self, counter: str) -> int:
        """How many packets one of our counters has seen."""
        listed = json.loads(self.gateway.run("nft", "-j", "list", "counters", "table", "inet", "fieldnet_iot"))
        found: int = next(
            entry["counter"]["packets"]
            for entry in listed["nftables"]
            if entry.get("counter", {}).get("name") == counter
        )
        return found

    def elements(self, name: str) -> t.List[t.Any]:
        """What a set of ours holds."""
        listed = json.loads(self.gateway.run("nft", "-j", "list", "set", "inet", "fieldnet_iot", name))["nftables"]
        found: t.List[t.Any] = next(entry["set"].get("elem", []) for entry in listed if "set" in entry)
        return found


def run_module(
    host: Host, module: str, options: Result, env: t.Mapping[str, str] | None = None, prefix: t.Sequence[str] = ()
) -> Result:
    """A module's result, run as Ansible runs it: a process that reads its arguments and prints JSON."""
    special = {"_ansible_diff": True, "_ansible_check_mode": bool(options.get("_check", False))}
    arguments = {**{key: value for key, value in options.items() if key != "_check"}, **special}
    inside = ["ip", "netns", "exec", host.name, "sh", "-c", _OWN_DISK, "sh", host.state]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SSH_")}
    done = subprocess.run(
        [*inside, *prefix, sys.executable, "-m", f"{MODULES}.{module}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**environment, "PYTHONPATH": str(IMPORT_ROOT), **(env or {})},
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    result: Result = json.loads(done.stdout)
    return result


@contextlib.contextmanager
def listening(host: Host, port: int, kind: int = socket.SOCK_STREAM) -> t.Iterator[socket.socket]:
    """Something on a host that answers: it accepts, or echoes datagrams."""
    with host.entered():
        listener = socket.socket(socket.AF_INET6, kind)
    with listener:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("::", port))
        if kind == socket.SOCK_STREAM:
            listener.listen()
        else:
            threading.Thread(target=_echo, args=(listener,), daemon=True).start()
        yield listener


def connect(host: Host, target: str, port: int, source: str = "") -> str:
    """How a TCP connection attempt ends: "open", an errno's name, or with "from" whoever sent an ICMP error."""
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with host.entered():
        attempt = socket.socket(family, socket.SOCK_STREAM)
    with attempt:
        attempt.settimeout(1.5)
        if family == socket.AF_INET:
            attempt.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        if source:
            attempt.bind((source, 0))
        try:
            attempt.connect((target, port))
        except socket.timeout:
            return "timeout"
        except OSError as error:
            return errno.errorcode[error.errno or 0] + _offender(attempt, family)
        return "open"


def ask(host: Host, target: str, port: int) -> str:
    """How a datagram fares: "answer", "timeout" or an errno's name."""
    with host.entered():
        attempt = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with attempt:
        attempt.settimeout(1)
        attempt.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        attempt.connect((target, port))
        try:
            attempt.send(b"ping")
            return "answer" if attempt.recv(100) == b"ping" else "garbage"
        except socket.timeout:
            return "timeout"
        except OSError as error:
            return errno.errorcode[error.errno or 0]


def ping(host: Host, target: str) -> bool:
    """Whether an ICMP echo is answered."""
    host.sysctl("net.ipv4.ping_group_range", "0 0")
    six = ":" in target
    with host.entered():
        attempt = socket.socket(
            socket.AF_INET6 if six else socket.AF_INET,
            socket.SOCK_DGRAM,
            socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP,
        )
    with attempt:
        attempt.settimeout(1)
        attempt.connect((target, 0))
        try:
            attempt.send(struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1))
            return attempt.recv(100)[0] == (129 if six else 0)
        except OSError:
            return False


def _offender(attempt: socket.socket, family: int) -> str:
    if family != socket.AF_INET:
        return ""
    try:
        _data, control, _flags, _address = attempt.recvmsg(1, 512, _MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return ""
    for level, kind, data in control:
        if (level, kind) == (socket.IPPROTO_IP, _IP_RECVERR) and len(data) >= 24:
            _errno, origin, icmp_type, icmp_code = struct.unpack_from("=IBBB", data)
            if origin == 2:  # SO_EE_ORIGIN_ICMP
                return f" {icmp_type}/{icmp_code} from {socket.inet_ntoa(data[20:24])}"
    return ""


def _echo(listener: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while True:
            data, address = listener.recvfrom(100)
            listener.sendto(data, address)
