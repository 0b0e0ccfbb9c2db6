# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our reader makes of YAML: the same as PyYAML with the rules of YAML 1.2, and no surprise beyond."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml


class Oracle(yaml.CSafeLoader):
    """PyYAML's own way over nodes, slow and known."""

    yaml_implicit_resolvers: t.Dict[str, t.Any] = {}  # noqa: RUF012 - as the base has it


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
    ("merge", r"^<<$", "<"),
):
    Oracle.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
Oracle.add_constructor("tag:yaml.org,2002:int", lambda _loader, node: int(node.value))


def oracle(text: str) -> t.Tuple[object, str]:
    """The same by PyYAML."""
    try:
        return yaml.load(text, Loader=Oracle), ""
    except (yaml.YAMLError, ValueError, TypeError) as exc:
        return None, str(exc)


def read(folder: Path, text: str) -> t.Tuple[object, str]:
    """What the file holds, or what is wrong with it."""
    path = folder / "site.yml"
    path.write_text(text, encoding="utf-8")
    data, problems = _yaml.load(path)
    return data, "; ".join(str(problem) for problem in problems)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yaml")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("mac: 10:20:30:40:50:10", {"mac": "10:20:30:40:50:10"}),
        ("a: no", {"a": "no"}),
        ("a: 010", {"a": 10}),
        ("a: 2026-11-20", {"a": "2026-11-20"}),
        ("a: [1, -2, 2.4, 1.2.3, true, FALSE, ~, null, '', '1', on, 0x10, 1e3]",
         {"a": [1, -2, 2.4, "1.2.3", True, False, None, None, "", "1", "on", "0x10", "1e3"]}),
        ("a:", {"a": None}),
        ("", None),
        ("# nothing", None),
        ("---\n", None),
        ("a: !!str 5\nb: !!int '5'\nc: ! 5\nd: !!seq [1]", {"a": "5", "b": 5, "c": 5, "d": [1]}),
        ("base: &b {x: 1, y: 2}\na: {<<: *b, y: 3}", {"base": {"x": 1, "y": 2}, "a": {"x": 1, "y": 3}}),
        ("l: &l {x: 1}\nm: &m {x: 2, y: 2}\na: {<<: [*l, *m], z: 3}",
         {"l": {"x": 1}, "m": {"x": 2, "y": 2}, "a": {"x": 1, "y": 2, "z": 3}}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("'<<': {x: 1}", {"<<": {"x": 1}}),
    ],
)  # fmt: skip
def test_values(text: str, data: object, folder: Path) -> None:
    found, wrong = read(folder, text)
    assert (found, wrong) == (data, "")
    assert repr(found) == repr(data)  # True is no 1


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: is not YAML: the key a is there twice"),
        ("? [a]\n: 1", "line 1: is not YAML: a key is not a single value"),
        ("a: 1\n---\nb: 2", "line 2: is not YAML: but found another document"),
        ("a: *x", "line 1: is not YAML: found undefined alias 'x'"),
        ("a: &x [*x]", "line 1: is not YAML: found undefined alias 'x'"),
        ("a: {<<: 5}", "line 1: is not YAML: expected a mapping or list of mappings for merging"),
        ("a: !!python/object:os.system x",
         "line 1: is not YAML: tag:yaml.org,2002:python/object:os.system is no tag for this value here"),
        ("a: !vault x", "line 1: is not YAML: !vault is no tag for this value here"),
        ("a: !!int x", "line 1: is not YAML: tag:yaml.org,2002:int is no tag for this value here"),
        ("a: !!bool [1]", "line 1: is not YAML: tag:yaml.org,2002:bool is no tag for this value here"),
        ("a: [", "line 2: is not YAML: did not find expected node content"),
        ("a: \x00", "is not YAML: unacceptable character #x0000: control characters are not allowed in"
                    ' "<unicode string>", position 3'),
        ("a: " + "9" * 5000, "is not YAML: Exceeds the limit (4300 digits) for integer string conversion: value has"
                             " 5000 digits; use sys.set_int_max_str_digits() to increase the limit"),
        ("[" * 40 + "]" * 40, "is nested too deeply"),
        ("[" * 200_000, "is nested too deeply"),
        ("{a: " * 200_000, "is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, wrong: str, folder: Path) -> None:
    assert read(folder, text) == (None, wrong)


def test_files_that_are_none(tmp_path: Path) -> None:
    assert _yaml.load(tmp_path / "missing.yml")[1][0].message == "cannot be read: No such file or directory"
    (tmp_path / "latin.yml").write_bytes(b"a: \xff")
    assert _yaml.load(tmp_path / "latin.yml")[1][0].message == "is not UTF-8 text"
    (tmp_path / "large.yml").write_bytes(b"#" * (_yaml.LARGEST_FILE + 1))
    assert _yaml.load(tmp_path / "large.yml")[1][0].message == "is larger than 4 MiB"


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=12),
    st.sampled_from(["true", "No", "010", "1.5", "<<", "10:20:30", "~", "", "2026-11-20", "=", "+1", "-", "null "]),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=25,
)


@given(_TREES, st.booleans())
def test_what_was_written_is_read(folder: Path, data: object, flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    assert read(folder, text) == oracle(text)


_PIECES = st.sampled_from(
    [*"ab:-[]{},# 10~|>%\t\n'\"", "key", ": ", "- ", ", ", "? ", "&x ", "&y ", "*x", "*y", "<<", "!!str ", "! ", "\n  ",
     "\n    ", "2.4", "true", "---\n", "...\n"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=25).map("".join))
@example("&x a: *x")
@example("<<")
@example("a: &x {b: 1}\n? {<<: *x}\n: 2")
@example("{<<: {a: 1}, <<: {a: 2}}")
def test_any_text_is_read_as_pyyaml_does_or_refused(folder: Path, text: str) -> None:
    """We refuse keys given twice and what refers to itself; anchors may be used again, and << is a text as a value."""
    found, wrong = read(folder, text)
    expected, refused = oracle(text)
    if refused:
        assert wrong or "found duplicate anchor" in refused or "2002:merge" in refused
    else:
        assert found == expected or "twice" in wrong or "undefined alias" in wrong or "not a single value" in wrong
