# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our table in the kernel for as long as this process lives, and no longer.

The kernel itself removes a table with an owner as soon as the owner's socket is gone, however it went. Where kernel or
library know no owners (Linux before 5.12), a timer on the host removes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _systemd
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import find, run
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError

from . import _table

_LIBRARY = "libnftables.so.1"
_UNIT = "fieldnet-iot-trace"
_REMOVE = f"delete table inet {_table.NAME}"
_GRACE = 5  # seconds after which the timer takes away what this process should have taken away by itself

Render = t.Callable[[bool, str], str]
"""The table, with or without the chains at interfaces, with its flags."""


class Holder:
    """Loads the table, and takes it away."""

    def __init__(self) -> None:
        self._library: t.Any = None
        self._context: t.Optional[int] = None
        self._timer: t.Optional[int] = None

    def hold(self, render: Render, seconds: float) -> None:
        """Load it; raises GatewayError where this host can't."""
        nft = find("nft")
        if nft is None:
            raise GatewayError("there is no program nft: install nftables")
        # Of a timer that has not yet rung; a table that has an owner goes with its owner.
        run([nft, *_REMOVE.split()])
        if any(self._own(render(at_interfaces, "flags owner;")) for at_interfaces in (True, False)):
            return
        self._start_timer(nft, int(seconds) + _GRACE)
        output = run([nft, "-f", "-"], stdin=render(False, ""))
        if output.code != 0:
            self.release()
            raise GatewayError(f"nft can't load the table of the trace: {output.message}")

    def release(self) -> None:
        """The table is gone when this returns."""
        if self._context is not None:
            self._library.nft_ctx_free(self._context)
            self._context = None
        if self._timer is not None:
            run(["nft", *_REMOVE.split()])
            self._stop_timer()

    def _own(self, text: str) -> bool:
        """Load it as its owner; the library keeps the socket that the kernel knows the owner by."""
        try:
            library = self._library or _load()
        except (OSError, AttributeError):
            return False
        context = library.nft_ctx_new(0)
        if not context:
            return False
        library.nft_ctx_buffer_error(context)  # what it has to complain about is for nobody's terminal
        if library.nft_run_cmd_from_buffer(context, text.encode()) != 0:
            library.nft_ctx_free(context)
            return False
        self._library, self._context = library, context
        return True

    def _start_timer(self, nft: str, seconds: int) -> None:
        command = ["/bin/sh", "-c", f"sleep {seconds}; exec {nft} {_REMOVE}"]
        if _systemd.running():
            # Of a run that was killed: it would take this table away too early.
            run(["systemctl", "stop", f"{_UNIT}.service"])
            started = run(["systemd-run", "--quiet", "--collect", f"--unit={_UNIT}", *command])
        else:
            started = run(["/bin/sh", "-c", 'setsid "$@" </dev/null >/dev/null 2>&1 & echo $!', "sh", *command])
        if started.code != 0:
            raise GatewayError(f"the timer that removes the table of the trace can't be started: {started.message}")
        self._timer = 0 if _systemd.running() else int(started.stdout)

    def _stop_timer(self) -> None:
        if self._timer:
            with contextlib.suppress(OSError):
                if _table.NAME.encode() in Path(f"/proc/{self._timer}/cmdline").read_bytes():
                    os.killpg(self._timer, signal.SIGTERM)
        else:
            run(["systemctl", "stop", f"{_UNIT}.service"])
        self._timer = None


def _load() -> t.Any:
    library = ctypes.CDLL(_LIBRARY)
    library.nft_ctx_new.restype = ctypes.c_void_p
    library.nft_ctx_new.argtypes = [ctypes.c_uint32]
    for name in ("nft_ctx_buffer_error", "nft_ctx_free"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.nft_ctx_free.restype = None
    library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    return library
