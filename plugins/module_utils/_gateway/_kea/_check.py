# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kea's own checker, as the user whom its service runs as, on a copy beside the original."""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile
import typing as t
from pathlib import Path

from .._commands import run
from .._errors import GatewayError


def check(text: str, folder: Path, user: str) -> None:
    """Refuse a configuration that Kea would not take."""
    with _staged(text, folder, user) as staged:
        # As another user it would leave behind a lock file that its daemon can't open.
        output = run([*_as_user(user), "kea-dhcp4", "-t", staged], environment={"KEA_LOCKFILE_DIR": "none"})
    if output.code != 0:
        complaint = _complaint(output.stderr + output.stdout).replace(staged, "the staged configuration")
        raise GatewayError(f"kea-dhcp4 -t refused the reservations, nothing was changed: {complaint}")


@contextlib.contextmanager
def _staged(text: str, folder: Path, user: str) -> t.Iterator[str]:
    """A file that Kea's user may read, and nobody else: its configuration may hold passwords."""
    try:
        group = pwd.getpwnam(user).pw_gid
    except KeyError:
        raise GatewayError(f"there is no user {user}, whom Kea's service names") from None
    descriptor, path = tempfile.mkstemp(prefix=".fieldnet-iot-", suffix=".conf", dir=str(folder))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            os.fchown(stream.fileno(), 0, group)
            os.fchmod(stream.fileno(), 0o640)
            stream.write(text)
        yield path
    finally:
        Path(path).unlink()


def _as_user(user: str) -> list[str]:
    group = pwd.getpwnam(user).pw_gid
    return [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups"]


def _complaint(text: str) -> str:
    """The one line of Kea's output that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    plain = [line for line in lines if line.startswith("Error encountered:")]
    errors = [line for line in lines if " ERROR " in line or " FATAL " in line]
    return (plain or errors or lines or ["no reason given"])[0]
