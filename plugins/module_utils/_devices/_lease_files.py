# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Lease files, read while their daemons write them: whole, bounded, and as one state."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

from .._gateway._errors import GatewayError

LARGEST = 512 * 1024 * 1024  # bytes of one file; a million leases of ISC dhcpd take 350 MB
_TRIES, _PAUSE = 4, 0.05  # seconds for a daemon that is in the middle of writing


def read(path: str) -> str:
    """The text of a file that its daemon may be writing: a last line without an end is looked at again."""
    text = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        text = _read(path)
        if not text or text.endswith("\n"):
            break
    return text


def read_kea(path: str) -> t.List[str]:
    """Kea's memfile and what its clean-up left beside it, the oldest first.

    The clean-up moves files while Kea appends to a new one (the same files in the same order as Kea itself reads), so
    a set of files counts when it is still the same after it was read.
    """
    for _attempt in range(_TRIES):
        names = _kea_files(path)
        try:
            texts = [_read(name) for name in names[:-1]] + [read(names[-1])]
        except FileNotFoundError:
            continue
        if _kea_files(path) == names:
            return texts
        time.sleep(_PAUSE)
    raise GatewayError(f"{path}: Kea's clean-up of its lease files does not come to rest: try again")


def _kea_files(path: str) -> t.List[str]:
    completed, older, old = (f"{path}.{suffix}" for suffix in ("completed", "2", "1"))
    before = [completed] if Path(completed).exists() else [name for name in (older, old) if Path(name).exists()]
    return [*before, path]


def _read(path: str) -> str:
    try:
        if Path(path).exists() and not Path(path).is_file():  # a pipe would never end
            raise GatewayError(f"{path} is not a file")
        with Path(path).open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise
    except PermissionError:
        raise GatewayError(f"{path} can't be read by this user: set become to true") from None
    except OSError as error:
        raise GatewayError(f"{path} can't be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise GatewayError(f"{path} is larger than {LARGEST // 1024 // 1024} MiB")
    return data.decode("utf-8", "replace")
