# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ISC dhcpd's own checker, on copies beside the originals of all files on the way to ours."""

from __future__ import annotations

import contextlib
import os
import secrets
import typing as t
from pathlib import Path

from .._commands import find, run
from .._errors import GatewayError
from ._config import IscConfig


def check(config: IscConfig, text: str) -> None:
    """Refuse a text of our file with which dhcpd would not start."""
    folder, mark = Path(config.path).parent, secrets.token_hex(4)
    originals = [*config.way(), config.own]
    names = {path: str(folder / f".fieldnet-iot-{mark}-{place}.conf") for place, path in enumerate(originals)}
    with _written({**{names[path]: inner for path, inner in config.staged(names).items()}, names[config.own]: text}):
        output = run([find("dhcpd") or "dhcpd", "-t", "-4", "-cf", names[config.path]])
    if output.code != 0:
        complaint = _complaint(output.stderr + output.stdout)
        for original, staged in names.items():
            complaint = complaint.replace(staged, original)
        raise GatewayError(f"dhcpd -t refused the reservations, nothing was changed: {complaint}")


@contextlib.contextmanager
def _written(texts: t.Mapping[str, str]) -> t.Iterator[None]:
    """Files for nobody but us: a configuration may hold keys."""
    made = []
    try:
        for path, text in texts.items():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            made.append(path)
            with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(text)
        yield
    finally:
        for path in made:
            Path(path).unlink()


def _complaint(text: str) -> str:
    """What is wrong, without dhcpd's greeting and farewell."""
    said = text.partition("https://www.isc.org/software/dhcp/\n")[2] or text
    lines = (line.strip() for line in said.partition("Configuration file errors encountered")[0].splitlines())
    return " | ".join([line for line in lines if line and line != "^"][:4]) or "no reason given"
