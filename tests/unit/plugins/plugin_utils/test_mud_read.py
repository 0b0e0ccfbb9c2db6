"""Files that are no MUD files at all: each is one sentence, never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_file
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._read import DEEPEST, LARGEST_FILE, load, parse
from support.mud import document

BAD = {
    b"": "line 1: is not JSON: Expecting value",
    b"{": "line 1: is not JSON: Expecting property name enclosed in double quotes",
    b'{\n"a": 1,\n}': "is not JSON",
    b"\xff\xfe{\x00}\x00": "is not UTF-8 text",
    b'{"a": "\xed\xa0\x80"}': "is not UTF-8 text",
    b'{"a": "\\ud800"}': "has a text that is not Unicode",
    b'{"a\\uDC00": 1}': "has a text that is not Unicode",
    b'{"a": NaN}': "has NaN, which is no JSON number",
    b"[-Infinity]": "has -Infinity, which is no JSON number",
    b"[1e999]": "has the number 1e999, which is too large",
    b"[" + b"9" * 5000 + b"]": "has a number of 5000 digits",
    b'{"a": 1, "b": {"c": 1, "c": 2}}': "has the key c twice in one object",
    b"[" * 100_000: "is nested too deeply",
    b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1): "is nested too deeply",
    b'"' + b"\\" * 3: "is not JSON",
    b'"\\ud8': "is not JSON",
    b'["\x00"]': "is not JSON",
    b" " * (LARGEST_FILE + 1): "is larger than 1 MiB",
}


@pytest.mark.parametrize("raw", BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_is_wrong_with_the_file_itself(raw: bytes) -> None:
    data, problems = parse(raw)
    assert data is None
    assert [BAD[raw] in problem.message for problem in problems] == [True]


def test_brackets_in_texts_are_no_depth() -> None:
    wanted = {"a": "[" * 1000 + '"' + "{" * 1000, "b": "\\", "c": "\U0001f512"}
    assert parse(json.dumps(wanted).encode()) == (wanted, [])
    assert parse(b'["\\ud83d\\udd12"]') == (["\U0001f512"], [])


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse(b"\xef\xbb\xbf{}") == ({}, [])


@pytest.mark.parametrize("what", ["none", "folder", "fifo", "device", "locked", "loop"])
def test_what_is_no_file(what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)  # to open it would wait for a writer
    elif what == "device":
        path = Path("/dev/zero")
    elif what == "locked":
        path = tmp_path / "x" / "y.json"
    elif what == "loop":
        path.symlink_to(path)
    data, problems = load(path)
    assert data is None
    assert len(problems) == 1
    assert import_file(path).problems == problems


def test_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document()), encoding="utf-8")
    assert load(path) == (document(), [])
