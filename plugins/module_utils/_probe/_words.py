# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The words of the engine: observations, and what stops a check."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet

Check = Dict[str, Any]
"""A check as ``parse_checks`` returns it: every option of its kind is present."""

Entry = Dict[str, Any]
"""One address of a result: address, observation, reason, elapsed, errno, icmp."""

Result = Dict[str, Any]
"""What a runner returns: observation, reason, target, addresses, and details of its kind."""

PASSING: FrozenSet[str] = frozenset({"open", "answered", "trusted", "offered", "reachable", "intact", "heard"})


class NotRun(Exception):
    """A check that could not be made: nothing is known about the path. The text says what is missing."""


class MissingLibrary(NotRun):
    """A Python library that is not installed on the host the check runs on."""

    def __init__(self, package: str, needed_for: str) -> None:
        super().__init__(
            f"the Python library {package} is missing on this host, and {needed_for} needs it: "
            f"install it for this host's Python (package python3-{package}, or pip install {package})"
        )


class NameFailure(Exception):
    """A name that did not resolve. The text is the reason."""


class InvalidChecks(ValueError):
    """Checks that are not well formed; ``errors`` holds all of them, each with its place."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors
