# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`enter`: run a command where everything it starts, mounts and wires ends with it.

The command gets its own mount, network, process and cgroup namespaces. Its first process dies with us, whatever kills
us, and the kernel then ends all others; mounts, interfaces and rules go with the last of them. What is left for us to
remove is an empty cgroup.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import access, image, podman
from .layout import IMAGE, RUN
from .shell import LabError, run

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

TOOLS = ("podman", "crun", "nft", "iptables", "ip", "ssh", "mmdebstrap")
CGROUPS = RUN / "cgroup"
CGROUP_PREFIX = "fieldnet-lab-"

libc = ctypes.CDLL(None, use_errno=True)


def inside() -> bool:
    """Tell whether this process runs inside `enter` already."""
    return RUN.is_dir()


def enter(argv: Sequence[str]) -> int:
    """Run the command in fresh namespaces and return its exit code."""
    if inside():
        return subprocess.run(argv, check=False).returncode
    _check_host()
    root = image.ensure()
    _unshare(CLONE_NEWNS)
    access.write()
    _mount_run(root)
    cgroup = _make_cgroup()
    try:
        _unshare(CLONE_NEWPID | CLONE_NEWNET)
        first = os.fork()
        if first == 0:
            os._exit(_first_process(argv, cgroup))
        return _supervise(first)
    finally:
        _remove_cgroup(cgroup)


def _check_host() -> None:
    if os.geteuid() != 0:
        raise LabError("the lab needs root (namespaces, containers): run it with sudo")
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise LabError(f"not installed here: {', '.join(missing)}; run tests/lab/packages")


def _unshare(flags: int) -> None:
    if libc.unshare(flags):
        reason = os.strerror(ctypes.get_errno())
        raise LabError(f"this machine refuses new namespaces ({reason}); in a container it must be a privileged one")


def _mount_run(root: Path) -> None:
    """Give us a /run of our own: podman, netavark and crun keep there what must not outlive the lab."""
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    CGROUPS.mkdir(parents=True)
    (RUN / "ssh").mkdir(mode=0o700)
    IMAGE.symlink_to(root)


def _make_cgroup() -> Path:
    """Make a cgroup for all of the lab, and remove those whose lab was killed before it could."""
    run("mount", "-t", "cgroup2", "cgroup2", str(CGROUPS))
    for stale in CGROUPS.glob(f"{CGROUP_PREFIX}*"):
        if not Path("/proc", stale.name[len(CGROUP_PREFIX) :]).exists():
            _remove_cgroup(stale)
    cgroup = CGROUPS / f"{CGROUP_PREFIX}{os.getpid()}"
    cgroup.mkdir()
    return cgroup


def _remove_cgroup(cgroup: Path) -> None:
    """Remove the cgroup and its children, deepest first; a busy one stays for the next lab to remove."""
    for directory, _subdirectories, _files in os.walk(cgroup, topdown=False):
        try:
            Path(directory).rmdir()
        except OSError:
            return


def _supervise(first: int) -> int:
    """Wait for the first process. Ctrl-C reaches the command by itself: it shares our terminal."""
    _forward_signals(first)
    return _exit_code(os.waitpid(first, 0)[1])


def _forward_signals(pid: int) -> None:
    def forward(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    signal.signal(signal.SIGINT, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _first_process(argv: Sequence[str], cgroup: Path) -> int:
    """Be process 1: prepare the namespaces, start the command, reap orphans until it ends."""
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _own_cgroup(cgroup)
        run("mount", "-t", "proc", "proc", "/proc")
        run("ip", "link", "set", "lo", "up")
        command = subprocess.Popen(argv, env=_environment())
    except FileNotFoundError as error:
        print(f"tests/lab/enter: {error.filename}: no such command", file=sys.stderr)
        return 127
    except (LabError, OSError) as error:
        print(f"tests/lab/enter: {error}", file=sys.stderr)
        return 1
    _forward_signals(command.pid)
    while True:
        pid, status = os.wait()
        if pid == command.pid:
            return _exit_code(status)


def _environment() -> dict[str, str]:
    """The command's environment: what it and its tools remember about the lab must end with the lab."""
    ours = {
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(RUN / "ssh"),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(RUN / "molecule"),
    }
    gone = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
    return {**{name: text for name, text in os.environ.items() if name not in gone}, **ours, **podman.configure()}


def _own_cgroup(cgroup: Path) -> None:
    """Make our cgroup the root of a cgroup2 at the usual place, whatever hierarchies this machine mounts there."""
    (cgroup / "cgroup.procs").write_text("0")
    _unshare(CLONE_NEWCGROUP | CLONE_NEWNS)
    if Path("/sys/fs/cgroup").is_mount():
        run("umount", "--recursive", "/sys/fs/cgroup")
    run("mount", "-t", "sysfs", "sysfs", "/sys")  # one that shows our own network interfaces
    run("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
    # A cgroup with processes of its own can't hand controllers to its children.
    leaf = Path("/sys/fs/cgroup/enter")
    leaf.mkdir()
    (leaf / "cgroup.procs").write_text("0")
