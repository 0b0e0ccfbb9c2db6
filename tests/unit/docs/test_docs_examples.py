# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked examples for contributors, each followed in a copy of the tree: a vendor, a kind of check, a backend."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.doc_runs import follow
from support.doc_sandboxes import sandbox
from support.documents import EXAMPLES, ROOT, blocks


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", EXAMPLES, ids=named)
def test_the_example_works(document: Path, tmp_path: Path) -> None:
    follow(document, sandbox(document, tmp_path))


def test_a_vendor_a_check_and_a_backend_have_examples_with_tests() -> None:
    tested = {path.stem for path in EXAMPLES if any("python -m pytest" in block.text for block in blocks(path))}
    assert tested == {"vendor", "check", "backend"}
