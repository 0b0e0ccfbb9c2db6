# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the benches: ratios first, nothing lost, and nothing of a bench that failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.figures import FOLDER, Section, kept, machine, page


def test_the_page_has_the_ratios_of_all_benches_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with Section("Zebra", "On loopback.") as zebra:
        zebra.ratio("one call", "a ping", 1.2345, aim="1.3 or less")
        zebra.figure("a call", 0.5, "s")
    with Section("Ant") as ant:
        ant.ratio("TCP", "an empty table", 0.86, of="throughput")
        ant.figure("10,000 sites", 12345.6, "a second")
        ant.figure("loaded | of ssl", "none")
    text = page(kept(tmp_path), "Here.")
    assert text.splitlines()[5:] == [
        "Here.",
        "",
        "## Ratios",
        "",
        "| ratio | of | what | beside | aim | bench |",
        "|---|---|---|---|---|---|",
        "| 1.23 | time | one call | a ping | 1.3 or less | Zebra |",
        "| 0.86 | throughput | TCP | an empty table |  | Ant |",
        "",
        "## Zebra",
        "",
        "On loopback.",
        "",
        "| what | figure |",
        "|---|---|",
        "| a call | 0.5 s |",
        "",
        "## Ant",
        "",
        "| what | figure |",
        "|---|---|",
        "| 10,000 sites | 12,346 a second |",
        "| loaded / of ssl | none |",
    ]
    assert "| 1.23 | time | one call | a ping | 1.3 or less |" in capsys.readouterr().out


def test_a_bench_that_fails_leaves_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with pytest.raises(ZeroDivisionError), Section("Half") as half:
        half.figure("half", 1 / 0, "s")
    assert kept(tmp_path) == []


def test_the_machine_and_its_versions_are_told() -> None:
    told = machine("2026-11-21", 0.25)
    assert told.startswith("2026-11-21; ")
    assert "ansible-core 2." in told
    assert told.endswith("load before: 0.2.")
