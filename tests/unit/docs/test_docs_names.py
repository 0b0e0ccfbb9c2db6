# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sentences of the documentation name is there: files, targets of make, playbooks, modules, roles, variables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.documents import ROOT, documents, spans

# A path of ours: below one of the tree's folders, whole (no placeholder), not of another host (/etc/...).
PATH = re.compile(r"(?:plugins|playbooks|roles|tests|docs|extensions|changelogs|meta)/[\w./-]+[\w/]")
NAME = re.compile(r"fieldnet\.iot\.([a-z][a-z_0-9]*)(?![\w.])")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
VARIABLE = re.compile(r"\biot_[a-z_]+\b")
SEVERAL = re.compile(r"[*?<{…]|NAME|\.\.\.")
# What is made by the worked examples, and not there.
MADE = re.compile(r"acme|brightcam|_greeting|test_greeting|_ethers|gateway_ethers")


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def plugins() -> set[str]:
    """Whatever can be called by its full name."""
    kinds = ("modules", "lookup", "inventory", "callback", "doc_fragments")
    found = {path.stem for kind in kinds for path in (ROOT / "plugins" / kind).glob("*.py")}
    found |= {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    return found | {path.name for path in (ROOT / "roles").iterdir()}


@pytest.mark.parametrize("document", documents(), ids=named)
def test_what_a_document_names_is_there(document: Path) -> None:
    known, missing = plugins(), []
    for span in spans(document):
        missing += [name for name in NAME.findall(span) if name not in known]
        words = span.split()
        if words[:1] == ["make"] and not SEVERAL.search(span):
            missing += [word for word in words[1:] if word not in TARGETS]
        if PATH.fullmatch(span) and not SEVERAL.search(span) and not MADE.search(span):
            missing += [] if (ROOT / span).exists() else [span]
    assert not missing


@pytest.mark.parametrize("document", documents(), ids=named)
def test_its_variables_are_those_of_the_playbooks(document: Path) -> None:
    """A variable that no playbook reads is one that was renamed."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "playbooks").rglob("*.yml")))
    text += "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "roles").rglob("*.yml")))
    text += "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "plugins").rglob("*.py")))
    known = set(VARIABLE.findall(text))
    assert {found for span in spans(document) for found in VARIABLE.findall(span)} <= known
