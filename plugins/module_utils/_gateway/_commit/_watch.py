# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Proof that a daemon has read a file: the kernel says so (inotify(7)), where its log may go anywhere."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import typing as t

from .._errors import GatewayError

_CLOSE_NOWRITE = 0x10
_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK  # IN_CLOEXEC and IN_NONBLOCK have the same values
_LIMITS = {
    errno.EMFILE: "too many are in use: raise the limit fs.inotify.max_user_instances by sysctl, or that of open files",
    errno.ENOSPC: "too many are in use: raise the limit fs.inotify.max_user_watches by sysctl",
}


class ReadWatch:
    """Watches one file from construction on; the file must exist."""

    def __init__(self, path: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(_FLAGS)
        if self._descriptor < 0:
            raise _refused(path)
        if libc.inotify_add_watch(self._descriptor, os.fsencode(path), _CLOSE_NOWRITE) < 0:
            error = _refused(path)
            os.close(self._descriptor)
            raise error

    def __enter__(self) -> ReadWatch:
        return self

    def __exit__(self, *_reason: t.Any) -> None:
        os.close(self._descriptor)

    def was_read(self, within: float) -> bool:
        """Whether somebody opened the file, read it and closed it again; waits so many seconds for it."""
        readable, _writable, _failed = select.select([self._descriptor], [], [], within)
        return bool(readable)


def _refused(path: str) -> GatewayError:
    code = ctypes.get_errno()
    return GatewayError(f"{path} can't be watched: {_LIMITS.get(code) or os.strerror(code)}")
