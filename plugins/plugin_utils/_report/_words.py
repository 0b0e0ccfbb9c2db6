# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The words of a report: what each verdict, readiness and change is called, and how it looks.

Renderers know no word by itself: what they need of one stands here. A word that isn't known here (a document of a newer
version) is shown as it is, and never as proven.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import READINESS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS


class Word(t.NamedTuple):
    """A word as a reader sees it."""

    name: str
    label: str
    symbol: str
    tone: str  # good, note, warn, unknown or bad: its colour, beside the symbol
    junit: str  # passed, skipped, failure or error
    means: str


def _words(*words: Word) -> t.Dict[str, Word]:
    return {word.name: word for word in words}


_VERDICT_WORDS = _words(
    Word("met", "met", "✓", "good", "passed", "seen working, or settled by the site's data"),
    Word("attested", "attested", "✎", "note", "skipped", "somebody vouches for it; no probe can see it"),
    Word("degraded", "degraded", "!", "warn", "passed", "only a fallback or a retry works, or a second server answers"),
    Word("unproven", "unproven", "?", "unknown", "skipped", "silence, or nothing to check against"),
    Word("inconclusive", "inconclusive", "…", "unknown", "error", "the probe could not look, so nothing can be said"),
    Word("unmet", "unmet", "✕", "bad", "failure", "seen not working"),
)
_READINESS_WORDS = _words(
    Word(
        "ready", "ready", "✓", "good", "passed", "every required requirement is met, attested or accepted as unproven"
    ),
    Word("degraded", "degraded", "!", "warn", "passed", "a required requirement is degraded, none is worse"),
    Word("inconclusive", "inconclusive", "?", "unknown", "error", "of a required requirement nothing can be said"),
    Word(
        "not_assessed",
        "not assessed",
        "○",
        "unknown",
        "error",
        "nobody could look: no probe host works, or bad data",
    ),
    Word("not_ready", "not ready", "✕", "bad", "failure", "a required requirement is unmet"),
)
CHANGES = _words(
    Word("worse", "got worse", "↓", "bad", "", "worked, or worked better, at the last assessment"),
    Word("broken", "stays broken", "=", "warn", "", "did not work then and does not now, or can't be looked at"),
    Word("better", "got better", "↑", "good", "", "works, or works better, than at the last assessment"),
    Word("other", "changed otherwise", "~", "unknown", "", "another verdict that is neither: silence came or went"),
    Word("unseen", "not seen", "…", "unknown", "", "nobody could look at it now; it was seen before"),
    Word("added", "new", "+", "note", "", "was not asked for at the last assessment"),
)


def verdict(name: str) -> Word:
    """The word of a verdict."""
    return _VERDICT_WORDS.get(name) or _unknown(name)


def readiness(name: str) -> Word:
    """The word of a site's readiness."""
    return _READINESS_WORDS.get(name) or _unknown(name)


def verdict_rank(name: str) -> int:
    """How bad a verdict is: the higher, the worse."""
    return VERDICTS.index(name if name in VERDICTS else "inconclusive")


def readiness_rank(name: str) -> int:
    """How bad a site's readiness is: the higher, the worse."""
    return READINESS.index(name if name in READINESS else "inconclusive")


def _unknown(name: str) -> Word:
    return Word(name, name.replace("_", " "), "·", "unknown", "skipped", "")
