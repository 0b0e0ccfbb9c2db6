# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""dnsmasq's own checker, asked about lines of ours together with all the rest of its configuration."""

from __future__ import annotations

import tempfile
import typing as t
from pathlib import Path

from .._commands import run
from .._errors import GatewayError
from . import _config


def check_lines(binary: str, command: t.Sequence[str], lines: t.Sequence[str], what: str) -> None:
    """Refuse lines that dnsmasq would not start with; the file that they are to stand in is not touched."""
    main = _config.main_file(command)
    text = [f"conf-file={main}"] if Path(main).is_file() else []
    with tempfile.NamedTemporaryFile("w", prefix="fieldnet-iot-", suffix=".conf") as staged:
        staged.write("\n".join([*text, *lines]) + "\n")
        staged.flush()
        others = _config.without_main_file(command)
        output = run([binary, "--test", *others, f"--conf-file={staged.name}"])
    if output.code != 0:
        raise GatewayError(f"dnsmasq --test refused {what}, nothing was changed: {output.message}")
