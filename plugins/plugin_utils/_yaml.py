# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read a YAML file as people write it, and say exactly what is wrong when it is not one.

YAML 1.1 turns ``10:20:30:40:50:10`` into a number, ``no`` into false and dates into objects. Site files are full of MAC
addresses, so this loader keeps them as text, as YAML 1.2 does; it refuses a key given twice, which PyYAML drops.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._shape import Problem

_LARGEST_FILE = 4 * 1024 * 1024  # bytes; 5,000 devices take under 1 MiB
_DEEPEST = 32  # our data has 5 levels
_Base: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the C loader where there is one
    yaml_implicit_resolvers: t.ClassVar[t.Dict[str, t.Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> t.Dict[t.Any, t.Any]:
        seen: t.Set[t.Any] = set()
        for key_node, _value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (dict, list)):
                raise yaml.constructor.ConstructorError(None, None, "a key is not a single value", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} is there twice", key_node.start_mark
                )
            seen.add(key)
        found: t.Dict[t.Any, t.Any] = super().construct_mapping(node, deep=deep)
        return found


def _resolve(tag: str, pattern: str, first: t.Iterable[str]) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
_resolve("int", r"^[-+]?[0-9]+$", "-+0123456789")
_resolve("float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789")
_resolve("merge", r"^<<$", "<")
# The base constructor reads 010 as octal, as YAML 1.1 did.
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


class _TooDeepError(Exception):
    pass


def _check_depth(text: str) -> None:
    """libyaml composes by recursion in C: without this, a file of brackets ends the process with a segfault."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _TooDeepError


def load(path: Path) -> t.Tuple[object, t.List[Problem]]:
    """The data of a file, and what is wrong with the file itself (then the data is None)."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            return None, [Problem("", f"is larger than {_LARGEST_FILE // 1024 // 1024} MiB")]
        text = path.read_text(encoding="utf-8")
        _check_depth(text)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
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
    return data, []
