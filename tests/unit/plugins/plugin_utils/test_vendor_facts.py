# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor specs against a table of what the vendors' documents say.

The table (``vendor_facts/<vendor>.yml``) was made from the documents, not from the specs: each row has a sentence and
what follows from it. ``facts`` are values, ``mentions`` words of an advice, ``claims`` what a document says by itself
where documents differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
VENDORS = sorted(path.stem for path in (ROOT / "plugins/plugin_utils/vendors").glob("*.yml"))
KEYS = ("id", "type", "medium")  # what an item of a list is found by


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


SPECS = {vendor: load(ROOT / f"plugins/plugin_utils/vendors/{vendor}.yml") for vendor in VENDORS}
ROWS = [(vendor, row) for vendor in VENDORS for row in load(HERE / f"vendor_facts/{vendor}.yml")]
FACTS = [
    pytest.param(vendor, row, path, value, id=f"{vendor}-{index}-{path}")
    for index, (vendor, row) in enumerate(ROWS)
    for path, value in row.get("facts", {}).items()
]
MENTIONS = [(vendor, row) for vendor, row in ROWS if "mentions" in row]
CLAIMS = [(vendor, row) for vendor, row in ROWS if "claims" in row]


def lookup(spec: Any, path: str) -> Any:
    node = spec
    for part in path.split("."):
        if isinstance(node, list):
            found = [item for item in node if part in {item.get(key) for key in KEYS}]
            assert found, f"nothing is called {part} in {path}"
            node = found[0]
        else:
            assert part in node, f"no {part} in {path}"
            node = node[part]
    return node


def plain(text: str) -> str:
    return " ".join(text.split())


def quoted(vendor: str, row: dict[str, Any], requirement: str) -> list[dict[str, Any]]:
    """The requirement's sources that quote the row's sentence."""
    sources = lookup(SPECS[vendor], f"requirements.{requirement}")["sources"]
    return [
        source for source in sources if source["ref"] == row["document"] and plain(source["says"]) in plain(row["text"])
    ]


def named(path: str) -> str:
    return path.split(".")[1]


def requirements_of(row: dict[str, Any]) -> set[str]:
    paths = [*row.get("facts", {}), *row.get("mentions", {})]
    return {named(path) for path in paths if path.startswith("requirements.")} | set(row.get("claims", {}))


@pytest.mark.parametrize(("vendor", "row", "path", "value"), FACTS)
def test_the_spec_has_what_the_document_says(vendor: str, row: dict[str, Any], path: str, value: object) -> None:
    assert lookup(SPECS[vendor], path) == value, row["text"]


@pytest.mark.parametrize(("vendor", "row"), MENTIONS)
def test_advice_keeps_the_words(vendor: str, row: dict[str, Any]) -> None:
    for path, words in row["mentions"].items():
        assert words in plain(lookup(SPECS[vendor], path)), row["text"]


@pytest.mark.parametrize(("vendor", "row"), ROWS)
def test_each_requirement_quotes_the_sentence_that_asks_for_it(vendor: str, row: dict[str, Any]) -> None:
    for requirement in requirements_of(row):
        assert quoted(vendor, row, requirement), f"{requirement} does not quote: {row['text']}"


@pytest.mark.parametrize(("vendor", "row"), CLAIMS)
def test_conflicting_statements_are_kept(vendor: str, row: dict[str, Any]) -> None:
    for requirement, claim in row["claims"].items():
        assert claim in [source.get("claim") for source in quoted(vendor, row, requirement)], row["text"]


def test_the_three_vendors_are_there_and_the_strict_loader_takes_them() -> None:
    specs, errors = load_specs([])
    assert not errors
    assert {"kisi", "spiio", "tsi"} <= set(specs)
    assert sorted(specs) == VENDORS


def test_the_template_of_the_guide_is_a_spec(tmp_path: Path) -> None:
    guide = (ROOT / "docs/vendor-spec.md").read_text(encoding="utf-8")
    template = guide.split("## Template")[1].split("```yaml")[1].split("```")[0]
    (tmp_path / "acme.yml").write_text(template, encoding="utf-8")
    specs, errors = load_specs([tmp_path])
    assert not errors
    assert "acme" in specs


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_quoted_that_no_document_says(vendor: str) -> None:
    table = [(row["document"], plain(row["text"])) for name, row in ROWS if name == vendor]
    for requirement in SPECS[vendor]["requirements"]:
        for source in requirement["sources"]:
            says = plain(source["says"])
            assert any(source["ref"] == document and says in text for document, text in table), says


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_required_that_no_document_asks_for(vendor: str) -> None:
    asked = set().union(*(requirements_of(row) for name, row in ROWS if name == vendor))
    assert {requirement["id"] for requirement in SPECS[vendor]["requirements"]} == asked


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_enterprise_wifi_is_ever_allowed(vendor: str) -> None:
    for requirement in SPECS[vendor]["requirements"]:
        allowed = requirement.get("wifi", {}).get("allowed", [])
        assert not [value for value in allowed if "enterprise" in str(value)]


def test_a_conflict_says_which_document_the_verdict_uses_and_why() -> None:
    conflicts = {
        (vendor, requirement["id"]): requirement["conflict"]
        for vendor in VENDORS
        for requirement in SPECS[vendor]["requirements"]
        if "conflict" in requirement
    }
    assert set(conflicts) == {
        ("kisi", "firmware"),
        ("kisi", "dns-tcp"),
        ("kisi", "wifi-band"),
        ("kisi", "wifi-security"),
        ("kisi", "enterprise-wifi"),
        ("tsi", "both-directions"),
    }
    for (vendor, requirement), conflict in conflicts.items():
        assert conflict["uses"] in {source["id"] for source in SPECS[vendor]["sources"]}
        assert "stricter" in conflict["text"] or "safer" in conflict["text"], requirement
        sources = lookup(SPECS[vendor], f"requirements.{requirement}.sources")
        claims = [source["claim"] for source in sources if "claim" in source]
        assert len(claims) >= 2, requirement
        assert any(claim != claims[0] for claim in claims), requirement
