# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published schemas say what a run says: another program checks real and spoiled files with them."""

from __future__ import annotations

import copy
import json
import typing as t
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._schema import GENERATED, site_schema, spec_schema
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import BUILT_IN, load_specs, parse_spec

Data = t.Dict[str, t.Any]
ROOT = Path(__file__).parents[4]
SITE = jsonschema.Draft202012Validator(site_schema())
SPEC = jsonschema.Draft202012Validator(spec_schema())
SPECS, _NO_ERRORS = load_specs([])
WORDS: t.List[object] = [
    None,
    True,
    False,
    0,
    -1,
    6,
    7.5,
    "",
    " ",
    "x",
    "iot",
    "*",
    "10.40.0.300",
    [],
    ["x"],
    [[]],
    {},
    {"x": 1},
]
EVERYTHING: t.Any = _yaml.load(Path(__file__).with_name("every_key_of_a_site.yml"))[0]


def refused(validator: t.Any, data: object) -> bool:
    return next(validator.iter_errors(data), None) is not None


def leaves(data: object, path: t.Tuple[t.Any, ...] = ()) -> t.Iterator[t.Tuple[t.Any, ...]]:
    """The path of everything in the data, the whole of it first."""
    yield path
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from leaves(value, (*path, key))


def holder(data: t.Any, path: t.Tuple[t.Any, ...]) -> t.Any:
    for key in path[:-1]:
        data = data[key]
    return data


@pytest.mark.parametrize("path", sorted(GENERATED))
def test_what_is_published_is_what_the_rules_say(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == GENERATED[path](), "run: make schemas"


@pytest.mark.parametrize("schema", [site_schema(), spec_schema()])
def test_the_schemas_are_schemas(schema: Data) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.yml")), ids=lambda path: str(path.stem))
def test_every_spec_of_the_collection_is_valid(path: Path) -> None:
    data, _problems = _yaml.load(path)
    SPEC.validate(data)


def test_a_site_with_every_key_is_valid_and_accepted() -> None:
    site, problems = parse_site(EVERYTHING, SPECS)
    assert problems == []
    assert site is not None
    SITE.validate(EVERYTHING)
    without = {"attested", "devices_csv"}  # a checklist item and a file are more than a shape
    assert set(site_schema()["properties"]) == set(EVERYTHING) | without


@pytest.mark.parametrize("path", sorted(filter(None, leaves(EVERYTHING)), key=str), ids=str)
def test_a_key_too_many_a_key_too_few_and_a_wrong_type_are_refused_by_both(path: t.Tuple[t.Any, ...]) -> None:
    spoiled: Data = copy.deepcopy(EVERYTHING)
    where, key = holder(spoiled, path), path[-1]
    if isinstance(where, dict):
        value = where.pop(key)
        assert parse_site(spoiled, SPECS)[0] is None or not refused(SITE, spoiled)
        where[key] = {"no": "such thing"}
        assert refused(SITE, spoiled)
        assert parse_site(spoiled, SPECS)[0] is None
        where[key] = value
        where[f"{key}x"] = value
        assert refused(SITE, spoiled)
        assert parse_site(spoiled, SPECS)[0] is None
    else:
        where[key] = {"no": "such thing"}
        assert refused(SITE, spoiled)
        assert parse_site(spoiled, SPECS)[0] is None


@settings(max_examples=300)
@given(where=st.sampled_from(sorted(leaves(EVERYTHING), key=str)), value=st.sampled_from(WORDS) | st.text(max_size=20))
def test_what_a_run_accepts_an_editor_accepts(where: t.Tuple[t.Any, ...], value: object) -> None:
    data: t.Any = copy.deepcopy(EVERYTHING)
    if where:
        holder(data, where)[where[-1]] = value
    else:
        data = value
    if parse_site(data, SPECS)[0] is not None:
        SITE.validate(data)


@settings(max_examples=300)
@given(data=st.data(), value=st.sampled_from(WORDS) | st.text(max_size=20))
def test_the_same_of_a_spec(data: st.DataObject, value: object) -> None:
    spec: t.Any = _yaml.load(BUILT_IN / data.draw(st.sampled_from(["kisi.yml", "spiio.yml", "tsi.yml"])))[0]
    where = data.draw(st.sampled_from(sorted(leaves(spec), key=str)))
    if where:
        holder(spec, where)[where[-1]] = value
    else:
        spec = value
    if parse_spec(spec)[0] is not None:
        SPEC.validate(spec)


def test_a_spec_that_extends_another_needs_only_what_differs() -> None:
    changed = {"schema": 1, "vendor": "kisi", "extends": "kisi", "requirements": [{"id": "dns", "level": "required"}]}
    SPEC.validate(changed)
    assert refused(SPEC, {**changed, "extends": "Kisi!"})
    assert refused(SPEC, {**changed, "requirements": [{"level": "required"}]})
    assert refused(SPEC, {key: value for key, value in changed.items() if key != "extends"})


@pytest.mark.parametrize(
    ("kind", "without"),
    [("outbound", "any_of"), ("local", "between"), ("wifi", "wifi"), ("tls_inspection", "certificate")],
)
def test_what_a_kind_needs_is_in_the_schema(kind: str, without: str) -> None:
    spec = t.cast(t.Any, _yaml.load(BUILT_IN / "kisi.yml")[0])
    requirement = next(one for one in spec["requirements"] if one["kind"] == kind)
    requirement.pop(without)
    assert refused(SPEC, spec)
    assert parse_spec(spec)[0] is None


def test_the_reference_names_every_key() -> None:
    page = GENERATED["docs/reference/site.md"]()
    schema = json.dumps(site_schema())
    for key in ("redirect_exempt", "tls_pins", "expect_body", "client_isolation", "radio", "devices_csv", "attested"):
        assert f"| `{key}`" in page
        assert f'"{key}"' in schema
