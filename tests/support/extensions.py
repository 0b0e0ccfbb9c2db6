"""Specs that extend others, in folders."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs

Data = t.Dict[str, t.Any]
KISI: Data = {"schema": 1, "vendor": "kisi", "extends": "kisi"}
NOTES: Data = {"id": "notes", "title": "Kisi firmware 2.9", "retrieved": "2026-11-21"}


def load(folder: Path, **files: Data) -> t.Tuple[t.Dict[str, Spec], t.List[str]]:
    for name, data in files.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_specs([folder])
