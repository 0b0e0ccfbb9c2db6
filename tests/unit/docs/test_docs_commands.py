# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command in the documentation is run, or says why not. CONTRIBUTING.md has the words.

What can be run without a gateway is run here, word by word, in a folder of its own. What needs one is marked `lab` and
run by tests/lab/guides, or names the program that does the same.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.doc_runs import follow, shows
from support.doc_sandboxes import PREPARED, sandbox
from support.documents import EXAMPLES, ROOT, Block, blocks, commands, documents

BLOCKS = [block for document in documents() for block in blocks(document)]
TYPED = [block for block in BLOCKS if block.is_shell]
LAB = {block.document for block in TYPED if block.comment == "lab"}
# Those for contributors are followed in test_docs_examples.py, so that the two can run beside each other.
FOLLOWED = sorted({block.document for block in TYPED if not block.comment} - set(EXAMPLES))
PLAYBOOK = re.compile(r"\bfieldnet\.iot\.([a-z_]+)\b")
TARGETS = re.compile(r"^([a-z]+):", re.MULTILINE)


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def placed(block: Block) -> str:
    return block.place


def test_each_block_says_what_it_is() -> None:
    """Or a command could hide: console or sh for what is typed, else text, yaml, diff, ..."""
    assert not [block.place for block in BLOCKS if not block.language]


@pytest.mark.parametrize("block", [block for block in TYPED if block.comment], ids=placed)
def test_what_is_said_of_a_command_can_be_held(block: Block) -> None:
    if block.comment == "lab":
        return
    kind, _colon, rest = block.comment.partition(": ")
    assert kind in {"not run", "proven by"}, (
        f"{block.place}: there are: lab, fails, not run: WHY, proven by: PATH, PATH"
    )
    assert rest, f"{block.place}: {kind}, but why?"
    if kind == "proven by":
        wanted = names_in(block)
        assert wanted, f"{block.place}: nothing in it has a name to look for"
        texts = [(ROOT / path).read_text(encoding="utf-8") for path in rest.split(", ")]
        missing = [name for name in wanted if not any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)]
        assert not missing, f"{block.place}: {rest} does not have {missing}"


def names_in(block: Block) -> set[str]:
    """What a block runs: playbooks, modules and make's targets; programs, where there is nothing of ours."""
    lines = [line.partition("#")[0].split() for command in commands(block) for line in command.line.splitlines()]
    ours = set(PLAYBOOK.findall(block.text)) - {"progress"}
    ours |= {word for words in lines if words[:1] == ["make"] for word in words[1:]}
    return ours or {words[0] for words in lines if words and words[0].startswith("ansible")}


@pytest.mark.parametrize("block", [block for block in TYPED if "make " in block.text], ids=placed)
def test_targets_of_make_are_there(block: Block) -> None:
    there = set(TARGETS.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    asked = [line.removeprefix("$ ").partition("#")[0].split() for line in block.text.splitlines()]
    assert {word for words in asked if words[:1] == ["make"] for word in words[1:]} <= there


@pytest.mark.parametrize("document", FOLLOWED, ids=named)
def test_what_it_says_is_so(document: Path, tmp_path: Path) -> None:
    follow(document, sandbox(document, tmp_path))


def test_documents_that_are_prepared_for_are_there() -> None:
    assert {ROOT / name for name in PREPARED} <= set(FOLLOWED)


def test_guides_that_need_the_lab_are_followed_in_it() -> None:
    assert LAB
    assert " guides" in (ROOT / "tests/lab/scenarios").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\n", True),
        ("...\nb\n", "a\nb\n", True),
        ("...\na\n", "a\nb\n", False),
        ("...\nb\n...\n", "a\nb\nc\n", True),
        ("...\nb\n...\n", "a\nc\n", False),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b d\n", False),
        ("at 2026-11-21T10:00:00Z\n", "at 2027-01-02T03:04:05Z\n", True),
        ("a\n\nb\n", "\na\nb\n", True),
        ("a\nb\n...\n", "a\nc\nb\n", False),
    ],
)
def test_what_is_shown_is_compared_with_what_is_said(shown: str, said: str, same: bool) -> None:
    assert shows(shown, said) is same
