# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener of a paired check: it comes at once, goes by itself, and leaves nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _listener, _service
from support.responders import free_port

KEY = f"one-time-key-of-test-{os.getpid()}"
PORT = free_port()
PORTS: t.List[_service.Port] = [("tcp", PORT), ("udp", PORT)]
NONCE = bytes(32)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> t.Iterator[None]:
    yield
    _listener.stop(KEY)
    deadline = time.monotonic() + 1
    while traces() and time.monotonic() < deadline:
        reap()
    assert traces() == []


def traces() -> t.List[str]:
    """Sockets on the ports, named sockets, processes: all there could be of a listener."""
    found = []
    for name in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]
        # A connection that was closed properly lives on in the kernel for a minute (06: TIME_WAIT).
        found += [name for line in lines if line.split()[1].endswith(f":{PORT:04X}") and line.split()[3] != "06"]
    own = _listener._name(KEY)[1:].decode()
    found += [line for line in Path("/proc/net/unix").read_text(encoding="utf-8").splitlines() if own in line]
    return found


def reap() -> None:
    """The listener is a child of this process, which a module's would outlive."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def start(lifetime: float = 20) -> _listener.State:
    return _listener.start(KEY, PORTS, lifetime, ["127.0.0.1"])


def answers() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        sock.connect(("127.0.0.1", PORT))
        try:
            sock.send(_service.make_request(KEY.encode(), NONCE))
            return _service.read_reply(KEY.encode(), NONCE, sock.recv(200)) is not None
        except OSError:
            return False


def gone(pid: int) -> bool:
    """Whether the process ends within a second."""
    deadline = time.monotonic() + 1
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        reap()
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


def test_it_answers_until_it_is_told_to_stop() -> None:
    state = start()
    assert answers()
    assert state["ports"] == [f"tcp/{PORT}", f"udp/{PORT}"]
    found = _listener.find(KEY)
    assert found is not None
    assert found["pid"] == state["pid"]
    assert 19 <= found["remaining"] <= 20
    stopped = _listener.stop(KEY)
    assert stopped is not None
    assert not answers()
    assert _listener.find(KEY) is None
    assert _listener.stop(KEY) is None
    assert gone(state["pid"])


def test_what_was_stopped_can_be_started_at_once() -> None:
    for _number in range(20):
        start()
        _listener.stop(KEY)


def test_it_dies_of_age() -> None:
    pid = start(lifetime=1)["pid"]
    time.sleep(0.5)
    assert answers()
    time.sleep(0.8)
    assert not answers()
    assert gone(pid)


def test_it_dies_of_age_even_when_it_was_stopped_in_its_tracks() -> None:
    """The loop does not run, so it is the kernel's timer that ends it as soon as it may."""
    pid = start(lifetime=0.5)["pid"]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1.8)
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.2)
    assert gone(pid)


def test_killed_it_leaves_nothing_and_another_may_start() -> None:
    pid = start()["pid"]
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert gone(pid)
    assert _listener.find(KEY) is None
    start()
    assert answers()


def test_it_outlives_its_starter_and_holds_none_of_its_files(tmp_path: Path) -> None:
    """A module's output is a pipe to SSH: one who held it would hold the task."""
    script = (
        "import sys\n"
        "from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _listener\n"
        f"held = open({str(tmp_path / 'held')!r}, 'w')\n"
        f"print(_listener.start({KEY!r}, {PORTS!r}, 20, ['127.0.0.1'])['pid'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=5, check=True, env=environment
    )
    pid = int(done.stdout)
    assert answers()
    open_files = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    assert all(name.startswith(("/dev/null", "socket:", "anon_inode:")) for name in open_files), open_files
    assert Path(f"/proc/{pid}/comm").read_text(encoding="ascii") == "fieldnet-listen\n"
    assert os.getsid(pid) == pid
    if os.geteuid() == 0:
        assert "Uid:\t65534\t65534\t65534\t65534" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")


def test_two_with_one_key_are_refused() -> None:
    start()
    with pytest.raises(_listener.ListenerError, match="another listener with this key"):
        start()
    assert answers()


def test_a_port_in_use_is_named_and_nothing_is_started() -> None:
    with socket.create_server(("127.0.0.1", PORT)), pytest.raises(_service.Unavailable, match=f"tcp {PORT}: Address"):
        start()
    assert _listener.find(KEY) is None


def test_who_does_not_know_the_key_finds_nothing_to_stop() -> None:
    start()
    assert _listener.stop("another-key-of-a-test") is None
    assert answers()
