# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A validated fleet for people at a terminal: as long for ten thousand sites as for ten."""

from __future__ import annotations

import textwrap
import typing as t

Data = t.Mapping[str, t.Any]
_WIDTH = 118
_FEW = 3  # sites by name
_MOST = 20  # findings of a kind
_MORE = "the document that is written with dest (iot_report) has all"
_SAYS = {"unmet": "unmet whatever a probe sees", "unproven": "unproven whatever a probe sees"}


def table(found: Data, limit: int) -> str:
    """Errors, at most so many (0: all), then warnings, notes, and what there is."""
    errors = found["errors"][: limit or None]
    lines = [""]
    if errors:
        lines += [f"{count(len(found['errors']), 'error')}:", *(f"  {error}" for error in errors)]
        more = len(found["errors"]) - len(errors)
        lines += [*([f"  and {more} more; {_MORE}"] if more else []), ""]
    for word in ("warning", "note"):
        lines += _findings(word, found[f"{word}s"])
    return "\n".join([*lines, *_vendors(found["summary"]), "", headline(found)]) + "\n"


def headline(found: Data) -> str:
    """The whole in one sentence."""
    summary = found["summary"]
    sites = count(summary["sites"], "site")
    wrong = summary["files"] - summary["sites"]
    told = ", ".join(count(len(found[f"{word}s"]), word) for word in ("error", "warning", "note"))
    left = f" ({count(wrong, 'file')} refused)" if wrong > 0 else ""
    return f"{sites}{left}, {count(summary['devices'], 'device')}: {told}"


def count(number: int, word: str) -> str:
    """So many of something."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _findings(word: str, found: t.Sequence[Data]) -> t.Iterator[str]:
    if found:
        yield f"{count(len(found), word)}:"
    for one in found[:_MOST]:
        says = ": ".join([*([_SAYS[one["kind"]]] if one["kind"] in _SAYS else []), *_requirements(one)])
        head = " ".join(part for part in (_sites(one["sites"]), says) if part)
        if head:
            yield from _wrapped(f"- {head}", "  ")
            yield from _wrapped(one["text"], "      ")
        else:
            yield from _wrapped(f"- {one['text']}", "  ")
    if len(found) > _MOST:
        yield f"  and {len(found) - _MOST} more; {_MORE}"
    if found:
        yield ""


def _requirements(one: Data) -> t.List[str]:
    names = one["requirements"]
    return [", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")] if names else []


def _sites(names: t.Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{count(len(names), 'site')} ({', '.join(names[:_FEW])}{more})"


def _wrapped(text: str, indent: str) -> t.Iterator[str]:
    for line in text.splitlines():
        yield from textwrap.wrap(line, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _vendors(summary: Data) -> t.Iterator[str]:
    width = max(len(name) for name in ("VENDOR", *summary["vendors"]))
    yield f"{'VENDOR':<{width}}  {'SITES':>7}  {'DEVICES':>8}"
    for name, counts in summary["vendors"].items():
        yield f"{name:<{width}}  {counts['sites']:>7}  {counts['devices']:>8}"
