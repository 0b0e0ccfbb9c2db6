# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Verdicts, and which of them counts."""

from __future__ import annotations

import typing as t

# The worst counts, so the order matters. Attested is what somebody says of a checklist item: nobody has seen it here.
VERDICTS = ("met", "attested", "degraded", "unproven", "inconclusive", "unmet")
# What asks for nothing more, and holds no site up.
FINE = frozenset({"met", "attested"})


class Finding(t.NamedTuple):
    """A verdict on a check, a group or a requirement."""

    verdict: str
    reason: str
    remedy: str = ""


def worst(findings: t.Sequence[Finding]) -> Finding:
    """The finding that counts."""
    return max(findings, key=lambda found: VERDICTS.index(found.verdict))


def best(findings: t.Sequence[Finding]) -> Finding:
    """The finding that counts where any will do."""
    return min(findings, key=lambda found: VERDICTS.index(found.verdict))
