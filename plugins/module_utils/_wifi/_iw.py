# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Running the program iw: for so long, for so much output, and never longer than its caller waits."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import typing as t
from time import monotonic

# A non-interactive SSH session of an ordinary user has no sbin in its PATH.
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_MOST_OUTPUT = 4 * 1024 * 1024  # bytes; a network takes 2 to 4 KiB
_MOST_WORDS = 64 * 1024  # bytes of complaints
_CHUNK = 65536
_FOR_KILLING = 1.0  # seconds


class ScanError(Exception):
    """Why nothing could be scanned, and what to do about it."""


class Output(t.NamedTuple):
    """What the program said, and whether it ended by itself."""

    code: int
    text: str
    words: str
    ended: bool


def find() -> str:
    """The program's path."""
    path = shutil.which("iw", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_SBIN]))
    if path is None:
        raise ScanError("the program iw is missing on this host: install the package iw")
    return path


def run(arguments: t.Sequence[str], deadline: float) -> Output:
    """Run iw, without a shell; it and whatever it started are gone when this returns."""
    command = [find(), *arguments]
    try:
        # Not run_command: it would wait for what iw left behind, and has no deadline.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        raise ScanError(f"{command[0]} can't be run: {error.strerror or error}") from None
    try:
        return _read(process, deadline)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """One that a driver holds in the kernel can't be killed; it isn't waited for."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_FOR_KILLING)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _read(process: subprocess.Popen[bytes], deadline: float) -> Output:
    """Both streams to their ends, or to the deadline."""
    limits = {"text": _MOST_OUTPUT, "words": _MOST_WORDS}
    found = {name: bytearray() for name in limits}
    code, ended = -1, False
    with selectors.DefaultSelector() as selector:
        for pipe, name in ((process.stdout, "text"), (process.stderr, "words")):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            left = deadline - monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                break
            for key, _events in ready:
                chunk = os.read(key.fd, _CHUNK)
                found[key.data] += chunk
                if not chunk:
                    selector.unregister(key.fileobj)
                elif len(found[key.data]) > limits[key.data]:
                    raise ScanError(f"iw printed more than {limits[key.data]} bytes: that is no scan")
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code, ended = process.wait(max(0.0, deadline - monotonic())), True
    text, words = (found[name].decode("utf-8", "replace") for name in ("text", "words"))
    return Output(code, text, words, ended)
