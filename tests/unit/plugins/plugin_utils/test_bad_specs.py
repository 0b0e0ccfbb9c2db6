"""A vendor spec that is not one is refused, with its file, its path and what would be right."""

from __future__ import annotations

import copy
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs, parse_spec

Data = t.Dict[str, t.Any]

ACME: Data = yaml.safe_load(
    """
schema: 1
vendor: acme
title: Acme locks
sources:
  - {id: manual, title: Acme manual, retrieved: "2026-11-20"}
device_types:
  - {type: lock, title: Lock, uplinks: [{medium: wifi}]}
requirements:
  - id: cloud
    title: Cloud
    kind: outbound
    level: required
    basis: stated
    to: {domains: ["*.acme.example"]}
    any_of: [{id: primary, protocol: tcp, port: 8883}, {id: fallback, protocol: tcp, port: 443}]
    sources: [{ref: manual, says: "TCP 8883, else 443"}]
  - id: wifi-band
    title: Band
    kind: wifi
    level: required
    basis: stated
    wifi: {property: band_ghz, allowed: [2.4]}
    sources: [{ref: manual, says: "2.4 GHz"}]
"""
)

CASES: t.List[t.Tuple[str, t.Any, str]] = [
    (
        "requirements.0.prots",
        [],
        "requirements[0]: has an unknown key prots; known keys: id, title, kind, level, basis, device_types, to,"
        " any_of, all_of, between, wifi, certificate, text, sources, conflict",
    ),
    ("vender", "acme", "has an unknown key vender; did you mean vendor?"),
    ("requirements.0.any_of.0.port", 70000, "requirements[0].any_of[0].port: 70000 is not a port (1 to 65535)"),
    ("requirements.0.any_of.0.port", True, "requirements[0].any_of[0].port: true is not a port (1 to 65535)"),
    ("requirements.0.any_of.0.protocol", "sctp", "requirements[0].any_of[0].protocol: sctp is not one of: tcp, udp"),
    ("requirements.0.any_of.1.id", "primary", "requirements[0]: has the port id primary twice"),
    (
        "requirements.0.to.domains.0",
        "*.*.acme.example",
        "requirements[0].to.domains[0]: *.*.acme.example is not a domain (write it as example.com or *.example.com)",
    ),
    ("requirements.0.any_of", [], "requirements[0].any_of: is empty; it needs at least 1"),
    (
        "requirements.0.sources.0.ref",
        "rumour",
        "requirements[0]: names the source rumour, which is not among the sources of this spec (known: manual)",
    ),
    ("requirements.1.id", "cloud", "requirements[1].id: cloud is there twice"),
    ("requirements.1.wifi.allowed", [2.5], "requirements[1].wifi.allowed[0]: 2.5 is not one of: 2.4, 5, 6"),
    ("requirements.1.wifi.forbidden", [5], "requirements[1].wifi: needs either allowed or forbidden"),
    (
        "requirements.0.device_types",
        ["bell"],
        "requirements[0].device_types: bell is no device type of this spec (known: lock)",
    ),
    (
        "requirements.0.all_of",
        copy.deepcopy(ACME["requirements"][0]["any_of"]),
        "requirements[0]: has both any_of and all_of; give one",
    ),
    ("ipv6", True, "ipv6: true is not one of: supported, unsupported"),
    ("vendor", "ACME!", "vendor: ACME! is not a name (a-z, then a-z, 0-9 and underscores, at most 32)"),
]


def _spoil(where: str, value: t.Any) -> Data:
    data = copy.deepcopy(ACME)
    target: t.Any = data
    *parents, last = where.split(".")
    for key in parents:
        target = target[int(key)] if isinstance(target, list) else target[key]
    target[int(last) if isinstance(target, list) else last] = value
    return data


def _write(folder: Path, data: t.Any) -> None:
    (folder / "acme.yml").write_text(yaml.safe_dump(data), encoding="utf-8")


@pytest.mark.parametrize(("where", "value", "expected"), CASES)
def test_exact_message(where: str, value: t.Any, expected: str, tmp_path: Path) -> None:
    _write(tmp_path, _spoil(where, value))
    _specs, errors = load_specs([tmp_path])
    assert errors[0] == f"{tmp_path}/acme.yml: {expected}"


def test_a_new_vendor_is_one_file(tmp_path: Path) -> None:
    _write(tmp_path, ACME)
    specs, errors = load_specs([tmp_path])
    assert errors == []
    assert sorted(specs) == ["acme", "kisi", "spiio", "tsi"]


def test_a_vendor_has_one_spec_and_a_folder_has_some(tmp_path: Path) -> None:
    _write(tmp_path, {**copy.deepcopy(ACME), "vendor": "kisi"})
    _specs, errors = load_specs([tmp_path])
    assert errors == [
        f"{tmp_path}/acme.yml: vendor: kisi has a spec already; a vendor has one spec"
        " (to change it, write extends: kisi)"
    ]
    _specs, errors = load_specs([tmp_path / "nowhere"])
    assert errors == [f"{tmp_path}/nowhere: has no vendor spec (*.yml, or *.json for MUD files)"]


@pytest.mark.parametrize("kind", ["outbound", "local", "dns", "ntp", "wifi", "tls_inspection", "advice"])
def test_each_kind_says_what_it_needs(kind: str) -> None:
    data = copy.deepcopy(ACME)
    data["requirements"] = [{**data["requirements"][0], "kind": kind}]
    del data["requirements"][0]["any_of"]
    _spec, problems = parse_spec(data)
    assert any(f"which a requirement of kind {kind} needs" in problem.message for problem in problems)


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(where=st.sampled_from([where for where, _value, _message in CASES]), junk=_JUNK)
def test_junk_never_raises(where: str, junk: t.Any) -> None:
    spec, problems = parse_spec(_spoil(where, junk))
    assert (spec is None) == bool(problems)
