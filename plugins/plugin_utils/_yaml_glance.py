# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A glance at a site's file, for who needs its hosts alone: a third of the time that it takes to read all of it.

Whatever is unusual (anchors, tags, a key twice, an error) is left to _yaml.py, which reads the same values.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils import _yaml

# What an inventory reads of a site; and of the rows of its lists.
_KEYS = frozenset({"plugin", "site", "tags", "gateway", "probes", "devices", "devices_csv", "path"})
_COLUMNS = frozenset({"host", "vlan", "vendor"})
_MAYBE_NO_TEXT = frozenset("-+0123456789tTfFnN~<")
_DEEPEST = 16
_Data = t.Dict[str, t.Any]


class _UnusualError(Exception):
    pass


def load(path: Path) -> t.Tuple[object, t.List[t.Any]]:
    """As the reader of all would: the data, of which only what an inventory reads, and what is wrong with the file."""
    found = glance(path)
    return (found, []) if found is not None else _yaml.load(path)


def glance(path: Path) -> t.Optional[_Data]:
    """What an inventory reads of a site's file; None where it takes more than a glance."""
    try:
        if path.stat().st_size > _yaml.LARGEST_FILE:
            return None
        events = yaml.parse(path.read_text(encoding="utf-8"), Loader=_yaml.Loader)
        if [type(next(events)) for _start in range(3)][2] is not yaml.MappingStartEvent:
            return None
        found = _site(events)
        last = [type(event) for event in events]
    except (OSError, ValueError, yaml.YAMLError, _UnusualError, StopIteration):
        return None
    return found if last == [yaml.DocumentEndEvent, yaml.StreamEndEvent] and "plugin" in found else None


def _site(events: t.Iterator[t.Any]) -> _Data:
    found: _Data = {}
    seen: t.Set[object] = set()
    for event in events:
        if type(event) is yaml.MappingEndEvent:
            return found
        key = _key(event, seen)
        value = next(events)
        if key in _KEYS:
            found[key] = _value(value, events, 1)
        else:
            _skip(value, events)
    raise _UnusualError


def _key(event: t.Any, seen: t.Set[object]) -> t.Any:
    if type(event) is not yaml.ScalarEvent:
        raise _UnusualError
    key = _scalar(event)
    if key in seen or key == "<<":
        raise _UnusualError
    seen.add(key)
    return key


def _value(event: t.Any, events: t.Iterator[t.Any], depth: int) -> t.Any:
    kind = type(event)
    if kind is yaml.ScalarEvent:
        return _scalar(event)
    if kind is yaml.AliasEvent or event.anchor or event.tag or depth > _DEEPEST:
        raise _UnusualError
    if kind is yaml.SequenceStartEvent:
        items: t.List[t.Any] = []
        for item in events:
            if type(item) is yaml.SequenceEndEvent:
                return items
            items.append(_value(item, events, depth + 1))
    found: _Data = {}
    seen: t.Set[object] = set()
    for item in events:
        if type(item) is yaml.MappingEndEvent:
            return found
        key = _key(item, seen)
        value = next(events)
        if key in _COLUMNS:
            found[key] = _value(value, events, depth + 1)
        else:
            _skip(value, events)
    raise _UnusualError


def _scalar(event: t.Any) -> t.Any:
    """The value that the loader would make of it."""
    if event.anchor or event.tag:
        raise _UnusualError
    text = event.value
    if event.implicit[0] and (not text or text[0] in _MAYBE_NO_TEXT):
        return _yaml.plain(text)
    return text


def _skip(event: t.Any, events: t.Iterator[t.Any]) -> None:
    """Pass over a value, as long as no one refers to it."""
    depth = 0
    while True:
        kind = type(event)
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            depth += 1
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            depth -= 1
        elif kind is yaml.AliasEvent:
            raise _UnusualError
        if depth == 0:
            return
        event = next(events)
