# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Running the gateway's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from dataclasses import dataclass

from ._errors import GatewayError

# A non-interactive SSH session of an ordinary user has no sbin in its PATH; sudo may keep it like that.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MESSAGE_LENGTH = 2000


@dataclass(frozen=True)
class Output:
    """What a program said."""

    code: int
    stdout: str
    stderr: str

    @property
    def message(self) -> str:
        """Its complaint, short enough for an error message."""
        text = self.stderr.strip() or self.stdout.strip() or f"exit code {self.code} without a word"
        return text if len(text) <= _MESSAGE_LENGTH else text[:_MESSAGE_LENGTH] + " ..."


def find(program: str) -> str | None:
    """The path of a program, or None."""
    return shutil.which(program, path=PATH)


def run(
    argv: t.Sequence[str], stdin: str = "", environment: t.Mapping[str, str] | None = None, timeout: float = 60
) -> Output:
    """Run one program to its end, without a shell."""
    try:
        # Not run_command: it needs a module, and knows no time-out.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            list(argv),
            input=stdin.encode(),
            capture_output=True,
            env={"PATH": PATH, "LC_ALL": "C", **(environment or {})},
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GatewayError(f"{argv[0]} did not end within {timeout:g} s") from None
    except OSError as error:
        raise GatewayError(f"{argv[0]} can't be run: {error.strerror}") from error
    return Output(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def require_root() -> None:
    """Reading another's firewall takes root as well, so that this is asked even in check mode."""
    if os.geteuid() != 0:
        raise GatewayError("this must be run as root: set become to true")
