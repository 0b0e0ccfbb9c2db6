# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How a gateway refuses: each error says what could not be done, where, and the remedy."""

from __future__ import annotations

import typing as t


class GatewayError(Exception):
    """Nothing was changed, or it was changed back, unless the message says otherwise."""


class InvalidPolicy(GatewayError):
    """The input is not something to apply; every problem at once, each with its path."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class MissingPackages(GatewayError):
    """A program is not installed; the caller may install the packages and try again."""

    def __init__(self, packages: t.Sequence[str], needed_for: str) -> None:
        super().__init__(f"{needed_for}: install {', '.join(packages)}")
        self.packages = list(packages)
