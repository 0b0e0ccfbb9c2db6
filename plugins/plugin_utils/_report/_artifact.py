# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a run hands on as variables: its assessment, small enough for AWX to carry from job to job.

AWX gives what a job publishes (set_stats) to the jobs after it as variables, and lays those of several jobs over each
other in the order in which they ended. So the name is made of the contents: nothing lies over anything else, and the
same twice is one. The contents are packed: they are the size of their differences, and nothing in them is a template.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import textwrap
import typing as t
import zlib

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import lean
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import FINE

Data = t.Mapping[str, t.Any]
# No variable of a playbook begins like this, and none that is like one of ours by mistake (_playbooks/_options.py).
PREFIX = "fieldnet_iot_assessed_"
# AWX drops a task's result from its events above 700,000 characters.
LIMIT = 500_000
_MOST = 256 * 1024 * 1024  # bytes, unpacked
_ADVICE = ("vendor", "id", "title", "text", "source")


class ArtifactError(ValueError):
    """A variable is called like an artifact and is none; says which and why."""


class Published(t.NamedTuple):
    """Variables to hand on, and what somebody should know of them."""

    variables: t.Dict[str, t.Any]
    warnings: t.List[str]


def publish(sites: t.Sequence[Data], limit: int = LIMIT) -> Published:
    """The assessments of a run as a variable; none where it judged no site. What is too much is left out and told."""
    if not sites:
        return Published({}, [])
    for said, make in _SIZES:
        found = sorted((make(site) for site in sites), key=lambda site: str(site["site"]))
        document = {"schema": 1, "advice": [] if said else _advice(sites), "sites": found}
        variables = hand_on(PREFIX, document, {str(site["site"]): str(site["readiness"]) for site in sites})
        if len(json.dumps(variables)) <= limit:
            return Published(variables, [_told(said)] if said else [])
    return Published(
        {}, [f"nothing was handed on to the report: {len(sites)} sites are too many for one job; {_REMEDY}"]
    )


_REMEDY = "give the job more slices, or keep assessments where all jobs find them (iot_history)"


def _told(said: str) -> str:
    return f"the run's sites are too many to hand all of it on to the report: {said}; {_REMEDY}"


def _short(site: Data) -> t.Dict[str, t.Any]:
    """With short sentences, and no quotation of documents."""
    found = lean(site)
    requirements = [
        {**one, "source": "", "conflict": "", "reason": _cut(one["reason"]), "remedy": _cut(one["remedy"])}
        for one in found["requirements"]
    ]
    return {**found, "requirements": requirements, "shortened": True}


def _wrong_alone(site: Data) -> t.Dict[str, t.Any]:
    """With what is wrong, and nothing else."""
    found = _short(site)
    found["requirements"] = [one for one in found["requirements"] if one["verdict"] not in FINE and not one["accepted"]]
    found.pop("changes", None)
    return {**found, "notes": []}


def _cut(text: str) -> str:
    return textwrap.shorten(text, 120, placeholder=" ...")


_SIZES: t.Sequence[t.Tuple[str, t.Callable[[Data], t.Dict[str, t.Any]]]] = (
    ("", lean),
    ("sentences are cut, and what documents say is left out", _short),
    ("what is met is left out, and sentences are cut", _wrong_alone),
    ("only the sites' states are handed on", lambda site: {**_wrong_alone(site), "requirements": []}),
)


def _advice(sites: t.Sequence[Data]) -> t.List[Data]:
    found = {tuple(str(one[key]) for key in _ADVICE): one for site in sites for one in site.get("advice") or ()}
    return [found[key] for key in sorted(found)]


def hand_on(prefix: str, document: Data, states: t.Mapping[str, str]) -> t.Dict[str, t.Any]:
    """A variable with a document, named by its contents. The sites' states are for people who look at the job, and for
    conditions of their own."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    name = prefix + hashlib.sha256(packed.encode("ascii")).hexdigest()[:16]
    return {name: {"sites": dict(states), "packed": packed}}


def published(variables: t.Mapping[str, t.Any], prefix: str = PREFIX) -> t.Dict[str, t.Any]:
    """The documents that runs before this one handed on, by the name of their variable."""
    names = sorted(str(name) for name in variables if str(name).startswith(prefix))
    return {name: _unpacked(name, variables[name]) for name in names}


def _unpacked(name: str, value: t.Any) -> t.Any:
    packed = value.get("packed") if isinstance(value, dict) else None
    try:
        if not isinstance(packed, str):
            raise ValueError(packed)
        unpack = zlib.decompressobj()
        text = unpack.decompress(base64.b64decode(packed, validate=True), _MOST)
        if not unpack.eof:
            raise ValueError(len(text))
        return json.loads(text)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        said = f"{name}: is not what fieldnet.iot.assess or drift_report hands on: leave such names to them"
        raise ArtifactError(said) from None
