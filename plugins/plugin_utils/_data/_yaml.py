# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read a YAML file as people write it, and say exactly what is wrong when it is not one.

YAML 1.1 turns ``10:20:30:40:50:10`` into a number, ``no`` into false and dates into objects. Site files are full of MAC
addresses, so they stay text here, as in YAML 1.2; a key given twice, which PyYAML drops, is refused.

The data are built from the parser's events in one pass, since a fleet has thousands of files. PyYAML would make a tree
of nodes first, by recursion in C: a file of brackets would end the process with a segmentation fault.
"""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem

LARGEST_FILE = 4 * 1024 * 1024  # bytes; 5,000 devices take under 1 MiB
_DEEPEST = 32  # our data has 5 levels
Loader: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where it was built so
_TAG = "tag:yaml.org,2002:"
_INT, _FLOAT = re.compile(r"[-+]?[0-9]+"), re.compile(r"[-+]?[0-9]+\.[0-9]+")
_WORDS: t.Mapping[str, t.Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_OF_A_NUMBER = frozenset("-+0123456789")
_TAGGED: t.Mapping[str, t.Callable[[object], bool]] = {
    "str": lambda _value: True,
    "bool": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
}


def plain(text: str) -> t.Any:
    """The value of a scalar without quotes and tags."""
    if text[:1] in _OF_A_NUMBER:
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text
    return _WORDS.get(text, text)


class _TooDeepError(Exception):
    pass


class _Builder:
    """The data of one document, from its events."""

    def __init__(self, text: str) -> None:
        self._next: t.Callable[[], t.Any] = Loader(text).get_event
        self._anchors: t.Dict[str, t.Any] = {}
        self._depth = 0

    def document(self) -> object:
        """The only document of the text; None where it is empty."""
        self._next()  # the stream's start
        if self._next().__class__ is yaml.StreamEndEvent:
            return None
        found = self._node(self._next())
        self._next()  # the document's end
        event = self._next()
        if event.__class__ is not yaml.StreamEndEvent:
            raise _refusal("but found another document", event)
        return found

    def _node(self, event: t.Any) -> t.Any:
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            found = _scalar(event)
        elif kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise _refusal(f"found undefined alias '{event.anchor}'", event)
            return self._anchors[event.anchor]
        else:
            self._depth += 1
            if self._depth > _DEEPEST:
                raise _TooDeepError
            found = self._mapping(event) if kind is yaml.MappingStartEvent else self._sequence(event)
            self._depth -= 1
        if event.anchor is not None:
            self._anchors[event.anchor] = found
        return found

    def _sequence(self, start: t.Any) -> t.List[t.Any]:
        _check_tag(start, "seq")
        following, node, found = self._next, self._node, []
        while (event := following()).__class__ is not yaml.SequenceEndEvent:
            found.append(node(event))
        return found

    def _mapping(self, start: t.Any) -> t.Dict[t.Any, t.Any]:
        _check_tag(start, "map")
        following, node = self._next, self._node
        found: t.Dict[t.Any, t.Any] = {}
        merged: t.Dict[t.Any, t.Any] = {}
        while (event := following()).__class__ is not yaml.MappingEndEvent:
            key = node(event)
            if key.__class__ is str:
                key = sys.intern(key)  # the same few in each row: less memory, and found faster
                if key == "<<" and event.__class__ is yaml.ScalarEvent and event.implicit[0] and event.tag is None:
                    value_event = following()
                    merged.update(_mergeable(node(value_event), value_event))
                    continue
            elif isinstance(key, (dict, list)):
                raise _refusal("a key is not a single value", event)
            if key in found:
                raise _refusal(f"the key {key} is there twice", event)
            found[key] = node(following())
        return {**merged, **found} if merged else found


def _scalar(event: t.Any) -> t.Any:
    text: str = event.value
    if event.tag in (None, "!"):
        return plain(text) if event.implicit[0] else text
    name = event.tag[len(_TAG) :] if event.tag.startswith(_TAG) else ""
    value = text if name == "str" else plain(text)
    if name not in _TAGGED or not _TAGGED[name](value):
        raise _refusal(f"{event.tag} is no tag for this value here", event)
    return value


def _check_tag(event: t.Any, name: str) -> None:
    if event.tag not in (None, "!", _TAG + name):
        raise _refusal(f"{event.tag} is no tag for this value here", event)


def _mergeable(value: object, event: t.Any) -> t.Dict[t.Any, t.Any]:
    """What a mapping takes over from others; of several the first counts."""
    found: t.Dict[t.Any, t.Any] = {}
    for one in reversed(value) if isinstance(value, list) else (value,):
        if not isinstance(one, dict):
            raise _refusal("expected a mapping or list of mappings for merging", event)
        found.update(one)
    return found


def _refusal(problem: str, event: t.Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def load(path: Path) -> t.Tuple[object, t.List[Problem]]:
    """The data of a file, and what is wrong with the file itself (then the data is None)."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None, [Problem("", f"is larger than {LARGEST_FILE // 1024 // 1024} MiB")]
        return _Builder(path.read_text(encoding="utf-8")).document(), []
    except OSError as exc:
        return None, [Problem("", f"cannot be read: {exc.strerror}")]
    except UnicodeDecodeError:
        return None, [Problem("", "is not UTF-8 text")]
    except _TooDeepError:
        return None, [Problem("", "is nested too deeply")]
    except yaml.MarkedYAMLError as exc:
        line = f"line {exc.problem_mark.line + 1}: " if exc.problem_mark else ""
        return None, [Problem("", f"{line}is not YAML: {exc.problem or exc.context}")]
    except (yaml.YAMLError, ValueError) as exc:
        return None, [Problem("", f"is not YAML: {' '.join(str(exc).split())}")]
