"""MUD files, and the flows and losses that come of them."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import Imported, import_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
from support.mud import (
    Data,
    document,
    matches,
    spec_flows,
)
from support.mud_yang import why_invalid

CLOUD = matches("cloud.lamps.example")
CLOUD_FLOW = ("outbound", "cloud.lamps.example", "tcp", "443")
NAME_SERVER = ("dns", "*", "udp", "53")
ICMP: Data = {"ipv4": {"protocol": 1, "ietf-acldns:dst-dnsname": "x.example"}, "icmp": {"type": 8, "code": 0}}


def spec_of(found: Imported) -> Spec:
    assert found.problems == []
    spec, problems = parse_spec(found.data)
    assert problems == []
    assert spec is not None
    return spec


def read_flows(*wanted: Data, **mud: t.Any) -> t.Tuple[t.Set[t.Tuple[str, ...]], t.Dict[str, str]]:
    """The flows beside those of every file here (the cloud's, look-ups), and the losses by path."""
    data = document(CLOUD, *wanted, **mud)
    assert why_invalid(data) == "", "the tests read valid files"
    found = import_data(data)
    spec = spec_of(found)
    flows = spec_flows(spec, spec.device_types[0])
    assert {CLOUD_FLOW, NAME_SERVER} <= flows
    losses = {one.path: one.message for one in found.losses if one.path.startswith("acls.")}
    return flows - {CLOUD_FLOW, NAME_SERVER}, losses


def changed(wanted: Data, part: str, **values: t.Any) -> Data:
    found: Data = json.loads(json.dumps(wanted))
    found.setdefault(part, {}).update({key.replace("_", "-"): value for key, value in values.items()})
    return found


def udp(to: str = "", number: int = 5000, mud: t.Optional[Data] = None, network: str = "") -> Data:
    return matches(to, "udp", number, mud, network)
