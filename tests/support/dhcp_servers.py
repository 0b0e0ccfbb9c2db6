# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real DHCP servers on a gateway in a network namespace, a client beside them, and no systemd."""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import signal
import socket
import struct
import subprocess
import time
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._daemon import Daemon
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._systemd import UnitState
from support.netns import Host, wire

SUBNET = "10.40.0.0/24"
_COOKIE = b"\x63\x82\x53\x63"


class ProcessDaemon(Daemon):
    """A server as a child process, where systemd would run it."""

    def __init__(self, host: Host, argv: t.Sequence[str], env: t.Mapping[str, str], exists: bool = True) -> None:
        self._host, self._argv, self._env, self._exists = host, argv, env, exists
        self._pidfile = Path(host.state, "server.pid")
        self.calls: list[str] = []

    def state(self) -> UnitState:
        """As systemd would say it."""
        pid = self._pid()
        return UnitState("server.service", self._exists, bool(pid), True, pid, "root", False)

    def command(self, _state: UnitState) -> list[str]:
        """Known even while it is stopped."""
        return list(self._argv)

    def start(self) -> None:
        """Run it, and wait until it hears DHCP clients or is dead."""
        self.calls.append("start")
        subprocess.run(["sh", "-c", self._sh_start()], check=True, timeout=10)
        for _attempt in range(250):
            if not self.state().active or ":67 " in self._host.run("ss", "-Huln"):
                break
            time.sleep(0.02)

    def stop(self, was: UnitState | None = None) -> None:
        """End it."""
        self.calls.append("stop")
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """End it and run it again."""
        self.stop()
        self.start()

    def hang_up(self) -> None:
        """Note it, too."""
        self.calls.append("hang up")
        super().hang_up()

    def kill(self) -> None:
        """Whatever state it is in."""
        self._end(signal.SIGKILL)

    def sh_pid(self) -> str:
        """From its file."""
        return f"cat {self._pidfile} || true"

    def sh_restart(self) -> str:
        """What stop and start do."""
        return f"{self._sh_stop()}{self._sh_start()}"

    def sh_stop(self, was: UnitState) -> str:
        """What stop does."""
        return self._sh_stop()

    def _sh_start(self) -> str:
        command = shlex.join(["nsenter", f"--net=/run/netns/{self._host.name}", *self._argv])
        environment = " ".join(f"{name}={shlex.quote(value)}" for name, value in self._env.items())
        return f"{environment} setsid {command} </dev/null >/dev/null 2>&1 & echo $! >{self._pidfile}\n"

    def _sh_stop(self) -> str:
        gone = "! grep -qs '^State:.[^ZX]' \"/proc/$old/status\""
        return (
            f'old=$(cat {self._pidfile})\nkill "$old" || true\n'
            f"n=100; until {gone} || [ $n = 0 ]; do sleep 0.1; n=$((n-1)); done\n"
        )

    def _pid(self) -> int:
        """Its process; none, where there is only what nobody has reaped."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pidfile.read_text())
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            return 0 if state in "ZX" else pid
        return 0

    def _end(self, number: int) -> None:
        pid = self._pid()
        for attempt in range(1000):
            if not self._pid():
                return
            if attempt == 0:
                os.kill(pid, number)
            time.sleep(0.01)
        raise RuntimeError(f"{self._argv[0]} does not end")


class Segment:
    """A gateway with an IoT interface and a device behind it."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.gateway, self.device = Host("gw"), Host("device")
        stack.callback(self.gateway.delete)
        stack.callback(self.device.delete)
        wire(self.gateway, "iot0", self.device, "eth0")
        self.gateway.run("ip", "address", "add", "10.40.0.1/24", "dev", "iot0")

    def lease(self, mac: str, options: bytes = b"") -> str:
        """The address that a client with a MAC address (and DHCP options) gets and takes; empty: none."""
        with self._client() as client:
            for _attempt in range(4):  # as clients do: a server that has just opened its sockets misses some
                offered, given = _exchange(client, mac, 1, options)
                wish = b"\x32\x04" + offered + b"\x36\x04" + given.get(54, b"")
                taken, _given = _exchange(client, mac, 3, wish + options)
                if offered and taken:
                    return socket.inet_ntoa(taken)
            return ""

    def offer(self, mac: str, asked: t.Sequence[int]) -> tuple[str, dict[int, bytes]]:
        """What a client that asks for some options is offered, and does not take."""
        with self._client() as client:
            for _attempt in range(4):
                offered, given = _exchange(client, mac, 1, bytes([55, len(asked), *asked]))
                if offered:
                    return socket.inet_ntoa(offered), given
            return "", {}

    def release(self, mac: str, address: str) -> None:
        """Give an address back."""
        hardware = bytes.fromhex(mac.replace(":", ""))
        head = struct.pack("!BBBB4sHH4s12x16s192x", 1, 1, 6, 0, secrets.token_bytes(4), 0, 0, _four(address), hardware)
        with self._client() as client:
            client.sendto(
                head + _COOKIE + b"\x35\x01\x07\x36\x04" + _four("10.40.0.1") + b"\xff", ("255.255.255.255", 67)
            )

    @contextlib.contextmanager
    def _client(self) -> t.Iterator[socket.socket]:
        with self.device.entered():
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with client:
            client.settimeout(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            client.bind(("0.0.0.0", 68))
            yield client


def dnsmasq(segment: Segment, folder: Path, extra: str = "") -> ProcessDaemon:
    """A dnsmasq with a site's own configuration, not yet started."""
    conf = folder / "dnsmasq.d"
    conf.mkdir()
    (conf / "site.conf").write_text(
        "port=0\ninterface=iot0\nbind-dynamic\nno-ping\ndhcp-authoritative\n"
        "dhcp-range=10.40.0.100,10.40.0.199,255.255.255.0,1h\n"
        f"dhcp-host=02:00:00:00:00:99,printer,10.40.0.50\n{extra}"
    )
    main = folder / "dnsmasq.conf"
    main.write_text(f"dhcp-leasefile={folder}/leases\n")
    argv = ["dnsmasq", "-k", "-u", "root", "-x", f"{folder}/pid", "-C", str(main), "-7", f"{conf},.dpkg-old"]
    return ProcessDaemon(segment.gateway, argv, {})


KEA_CONFIG = """
// <?include "/nowhere"?>
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "iot0" ] },
    %(control)s
    "lease-database": { "type": "memfile", "name": "%(folder)s/leases.csv" }, # the site's
    "subnet4": [ /* one */ {
        "id": 1, "subnet": "10.40.0.0/24", "pools": [ { "pool": "10.40.0.100-10.40.0.199" } ],
        "reservations": [
            { "hw-address": "02:00:00:00:00:99", "ip-address": "10.40.0.50", "hostname": "printer" },
            <?include "%(own)s/10.40.0.0_24.json"?>
        ] } ]
} }
"""


def kea(segment: Segment, folder: Path, control: bool = True) -> ProcessDaemon:
    """A Kea with a site's own configuration and an empty include file, not yet started."""
    folder.chmod(0o750)  # since 2.6 it wants its folders like that
    own = folder / "own"
    own.mkdir()
    (own / "10.40.0.0_24.json").write_text("")
    line = f'"control-socket": {{ "socket-type": "unix", "socket-name": "{folder}/ctl" }},' if control else ""
    (folder / "kea.conf").write_text(KEA_CONFIG % {"control": line, "folder": folder, "own": own})
    names = ("KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR", "KEA_DHCP_DATA_DIR")
    env = {"KEA_LOCKFILE_DIR": "none", **{name: str(folder) for name in names}}
    return ProcessDaemon(segment.gateway, ["kea-dhcp4", "-c", str(folder / "kea.conf")], env)


def isc(segment: Segment, folder: Path, extra: str = "") -> ProcessDaemon:
    """An ISC dhcpd with a site's own configuration, not yet started."""
    (folder / "dhcpd.conf").write_text(
        "authoritative;\nping-check false;\ndefault-lease-time 3600;\n"
        "subnet 10.40.0.0 netmask 255.255.255.0 {\n  range 10.40.0.100 10.40.0.199;\n  option routers 10.40.0.1;\n}\n"
        f"host printer {{ hardware ethernet 02:00:00:00:00:99; fixed-address 10.40.0.50; }}\n{extra}"
    )
    (folder / "dhcpd.leases").touch()
    files = ["-cf", str(folder / "dhcpd.conf"), "-lf", str(folder / "dhcpd.leases")]
    # With a file of its process it would not start while its last one has ended and nobody has reaped it.
    return ProcessDaemon(segment.gateway, ["dhcpd", "-4", "-f", "-q", "--no-pid", *files, "iot0"], {})


def _four(address: str) -> bytes:
    return socket.inet_aton(address)


def _exchange(client: socket.socket, mac: str, kind: int, options: bytes) -> tuple[bytes, dict[int, bytes]]:
    transaction = secrets.token_bytes(4)
    hardware = bytes.fromhex(mac.replace(":", ""))
    header = struct.pack("!BBBB4sHH16s", 1, 1, 6, 0, transaction, 0, 0x8000, b"")  # answers by broadcast
    message = (
        header + hardware.ljust(16, b"\0") + bytes(192) + _COOKIE + b"\x35\x01" + bytes([kind]) + options + b"\xff"
    )
    client.sendto(message, ("255.255.255.255", 67))
    with contextlib.suppress(socket.timeout):
        while True:
            answer = client.recv(2000)
            if answer[4:8] == transaction:
                given = _options(answer[240:])
                return (answer[16:20], given) if given.get(53) in (b"\x02", b"\x05") else (b"", {})
    return b"", {}


def _options(data: bytes) -> dict[int, bytes]:
    found = {}
    position = 0
    while position < len(data) and data[position] != 255:
        if data[position] == 0:
            position += 1
            continue
        length = data[position + 1]
        found[data[position]] = data[position + 2 : position + 2 + length]
        position += 2 + length
    return found
