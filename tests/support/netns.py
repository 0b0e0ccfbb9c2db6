# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces as hosts: real interfaces, a real packet filter, gone when the test is.

A thread of the tests goes into a namespace by itself (setns(2)) and starts there what is to run there: a test starts
some hundred commands, and `ip netns exec` or `nsenter` before each of them would be most of its time.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile
import typing as t
import uuid
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class Host:
    """One network namespace."""

    def __init__(self, role: str) -> None:
        self.name = f"fieldnet-{role}-{uuid.uuid4().hex[:8]}"
        self.state = tempfile.mkdtemp(prefix=f"{self.name}-")  # its /var/lib, for those who mount it
        run("ip", "netns", "add", self.name)
        try:
            self.run("ip", "link", "set", "lo", "up")
        except BaseException:
            self.delete()
            raise

    def delete(self) -> None:
        """End it, and the interfaces in it."""
        subprocess.run(["ip", "netns", "delete", self.name], check=False)
        shutil.rmtree(self.state, ignore_errors=True)

    def run(self, *argv: str, stdin: str = "", check: bool = True) -> str:
        """What a program prints that runs in it."""
        with self.entered():
            return run(*argv, stdin=stdin, check=check)

    def popen(self, *argv: str, env: t.Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """A program that goes on running in it."""
        # nsenter, not ip netns exec: no /sys is remounted, and the process is the program itself.
        return subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.name}", *argv],
            env=None if env is None else {**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def entered(self) -> t.ContextManager[None]:
        """This thread is in it for a while: its sockets belong to it from then on, its children start there."""
        return entered(f"/run/netns/{self.name}")

    def sysctl(self, name: str, value: str) -> None:
        """Set a parameter of its network."""
        with self.entered():
            set_parameter(name, value)


@contextlib.contextmanager
def entered(place: str) -> t.Iterator[None]:
    """This thread is in a network namespace, named by its file, for a while."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(place, os.O_RDONLY)
        try:
            _set_namespace(there)
            yield
        finally:
            _set_namespace(home)
            os.close(there)
    finally:
        os.close(home)


def set_parameter(name: str, value: str) -> None:
    """Set a parameter of the network that this thread is in; a dot that is none of a path is written as a slash."""
    path = name.translate(str.maketrans("./", "/."))
    Path("/proc/sys", path).write_text(value, encoding="ascii")


def wire(one: Host, interface: str, other: Host, peer: str) -> None:
    """A cable between two hosts."""
    run("ip", "link", "add", interface, "netns", one.name, "type", "veth", "peer", peer, "netns", other.name)
    for host, name in ((one, interface), (other, peer)):
        host.sysctl(f"net.ipv6.conf.{name}.accept_dad".replace("eth0.41", "eth0/41"), "0")
        host.run("ip", "link", "set", name, "up")


def run(*argv: str, stdin: str = "", check: bool = True) -> str:
    """What a program prints."""
    done = subprocess.run(argv, input=stdin, text=True, capture_output=True, check=False, timeout=60)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _set_namespace(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
