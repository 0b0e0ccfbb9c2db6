# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer-2 segment on this machine: hosts in network namespaces of their own, joined by a bridge.

Namespaces have no names and no files. They live as long as the processes in them, and those are killed when the test
run ends, however it ends: so there is nothing to clean up, and nothing to leave behind. Needs root.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Sequence

from support import netns

BINARIES = {
    "ip": "iproute2",
    "ss": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "dnsmasq": "dnsmasq-base",
}
_DIE_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
_TESTS = Path(__file__).resolve().parents[1]
_COLLECTIONS = _TESTS.parent / "build" / "src"
_PROBE = """
import json, os, sys
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run
request = json.load(sys.stdin)
checks = _model.parse_checks(request["checks"])
if request["user"]:
    from support.preload import preload
    preload()
    os.setgroups([]); os.setgid(request["user"]); os.setuid(request["user"])
print(json.dumps(_run.run_checks(checks)))
"""


def require_binaries() -> None:
    """Fail, and say what to install, when this machine lacks something."""
    missing = sorted({package for name, package in BINARIES.items() if not shutil.which(name)})
    if missing:
        raise RuntimeError(f"these tests need the packages {', '.join(missing)} (and root)")


class Host:
    """A network namespace."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._holder = self._start([*_DIE_WITH_US, "unshare", "--net", "--", "sleep", "infinity"])
        own = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{self._holder.pid}/ns/net").readlink() == own:
            if self._holder.poll() is not None:
                raise RuntimeError("this machine refuses a new network namespace: these tests need root")
            time.sleep(0.005)
        self.pid = self._holder.pid
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *argv: str) -> list[str]:
        """How to run something in this host."""
        return [*_DIE_WITH_US, "nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *argv]

    def run(self, *argv: str, text: str | None = None) -> str:
        """Run a command in this host and return what it says."""
        with netns.entered(f"/proc/{self.pid}/ns/net"):
            done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    def sysctl(self, name: str, value: str) -> None:
        """Set a parameter of its network."""
        with netns.entered(f"/proc/{self.pid}/ns/net"):
            netns.set_parameter(name, value)

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Run something in this host until the segment goes."""
        return self._start(self.command(*argv))

    def probe(self, checks: Sequence[dict[str, Any]], user: int = 0) -> list[dict[str, Any]]:
        """Run checks in this host, by the real engine, and as another user if one is given."""
        request = json.dumps({"checks": checks, "user": user})
        python = ("env", f"PYTHONPATH={_COLLECTIONS}:{_TESTS}", sys.executable, "-c", _PROBE)
        results: list[dict[str, Any]] = json.loads(self.run(*python, text=request))
        return results

    def _start(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self._stack.callback(_end, process)
        return process


class Segment:
    """A switch, and the hosts on it."""

    def __init__(self) -> None:
        require_binaries()
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="segment-")))
        self.folder.chmod(0o755)

    def __enter__(self) -> Segment:
        try:
            self._switch = Host(self._stack)
            self._switch.run("ip", "link", "add", "br0", "type", "bridge")
            self._switch.run("ip", "link", "set", "br0", "up")
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def host(self, port: str, address: str | None) -> Host:
        """A host on the switch, by its interface eth0."""
        host = Host(self._stack)
        pair = ("type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
        self._switch.run("ip", "link", "add", port, *pair)
        self._switch.run("ip", "link", "set", port, "master", "br0", "up")
        host.run("ip", "link", "set", "eth0", "up")
        if address:
            host.run("ip", "address", "add", address, "dev", "eth0")
        return host

    def dnsmasq(self, host: Host, *options: str) -> Path:
        """A DHCP server on a host, and nothing but that; its lease file."""
        leases = self.folder / f"leases-{host.pid}"
        process = host.start(
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=eth0",
            "--bind-dynamic", "--user=root", "--pid-file=", f"--dhcp-leasefile={leases}",
            "--log-facility=/dev/null", *options,
        )  # fmt: skip
        while ":67 " not in host.run("ss", "-Hlnu"):
            if process.poll() is not None:
                raise RuntimeError("dnsmasq did not start")
            time.sleep(0.02)
        return leases


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()
