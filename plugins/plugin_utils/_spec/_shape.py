# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The shape of a vendor spec's file, and of one that extends another: every key, what it takes, what it says."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _scalars as scalars
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import (
    Checker,
    Field,
    Problems,
    Schema,
    anything,
    listing,
    mapping,
    one_of,
    text,
)

SECURITY = ("open", "wep", "wpa-psk", "wpa2-psk", "wpa3-psk", "wpa2-enterprise", "wpa3-enterprise")
STANDARDS = ("a", "b", "g", "n", "ac", "ax", "be")
BANDS_GHZ = (2.4, 5, 6)
KINDS = (
    *("outbound", "local", "dns", "dns_integrity", "ntp", "wifi", "dhcp", "reservation"),
    *("ipv4", "captive_portal", "tls_inspection", "checklist", "advice"),
)
# What a requirement of each kind must have beside what all have.
NEEDS: t.Mapping[str, t.Tuple[str, ...]] = {
    "outbound": ("ports",),
    "local": ("ports", "between"),
    "dns": ("ports",),
    "ntp": ("ports",),
    "wifi": ("wifi",),
    "tls_inspection": ("certificate",),
    "checklist": ("text",),
    "advice": ("text",),
}
WIFI_VALUES: t.Mapping[str, Checker] = {
    "band_ghz": one_of(*BANDS_GHZ),
    "standard": one_of(*STANDARDS),
    "security": one_of(*SECURITY),
    "channel": scalars.CHANNEL,
    "downgrade": one_of("open"),  # what no access point of a name may be, where others of that name are protected
}

PORTS = listing(
    mapping(
        {
            "id": Field(scalars.REQUIREMENT_ID, required=True, says="the port's id, unique in the requirement"),
            "protocol": Field(one_of("tcp", "udp"), required=True, says="the transport protocol"),
            "port": Field(scalars.PORT, required=True, says="the destination port"),
            "application": Field(
                one_of("mqtt", "mqtt-tls"), default="", says="what is spoken there, where a check can speak it too"
            ),
        }
    ),
    at_least=1,
)
_UPLINK = mapping(
    {
        "medium": Field(one_of("ethernet", "wifi"), required=True, says="how the device is connected"),
        "speeds_mbps": Field(listing(one_of(10, 100, 1000, 2500, 10000)), default=[], says="in Mbit/s"),
        "poe": Field(one_of(True, False), says="whether it is powered over this cable"),
    }
)
_DEVICE_TYPE = {
    "type": Field(scalars.SLUG, required=True, says="what a site calls it"),
    "title": Field(text, required=True, says="what a report calls it"),
    "uplinks": Field(listing(_UPLINK, at_least=1), required=True, says="how it can be connected"),
}
_DOCUMENT = mapping(
    {
        "id": Field(scalars.REQUIREMENT_ID, required=True, says="the document's short id, which requirements name"),
        "title": Field(text, required=True, says="its title, edition and number"),
        "retrieved": Field(text, required=True, says="the day it was fetched"),
    }
)


def _wifi(value: object, path: str, problems: Problems) -> t.Any:
    """What values a property may have depends on the property."""
    name = value.get("property") if isinstance(value, dict) else None
    item = WIFI_VALUES.get(name, anything) if isinstance(name, str) else anything
    return _wifi_of(item).run(value, path, problems)


def _wifi_of(item: Checker, rules: t.Sequence[Schema] = ()) -> Checker:
    return mapping(
        {
            "property": Field(one_of(*WIFI_VALUES), required=True, says="what of the wireless network"),
            "allowed": Field(listing(item, at_least=1), default=[], says="the values that suit"),
            "forbidden": Field(listing(item, at_least=1), default=[], says="or the values that don't"),
        },
        rules,
    )


def _if(key: str, value: object, then: Schema) -> Schema:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": then}


_WIFI_RULES = [
    _if("property", name, {"properties": {key: {"items": item.schema} for key in ("allowed", "forbidden")}})
    for name, item in WIFI_VALUES.items()
]
_WIFI = Checker(_wifi, _wifi_of(anything, _WIFI_RULES).schema)
_SOURCE = mapping(
    {
        "ref": Field(scalars.REQUIREMENT_ID, required=True, says="the document's id"),
        "says": Field(text, required=True, says="a verbatim quotation"),
        "claim": Field(anything, default={}, says="that document's own value, where documents differ"),
    }
)
_TO = mapping({"domains": Field(listing(scalars.DOMAIN, at_least=1), required=True, says="names and wildcards")})
_CONFLICT = mapping(
    {
        "text": Field(text, required=True, says="what differs, and which statement the verdict uses and why"),
        "uses": Field(scalars.REQUIREMENT_ID, required=True, says="the document that the verdict follows"),
    }
)
_REQUIREMENT: t.Dict[str, Field] = {
    "id": Field(
        scalars.REQUIREMENT_ID, required=True, says="unique and stable: sites, reports and accepted risks name it"
    ),
    "title": Field(text, required=True, says="what a report calls it"),
    "kind": Field(one_of(*KINDS), required=True, says="what it is, and so how it is judged"),
    "level": Field(
        one_of("required", "recommended"), required=True, says="whether it counts for a site's readiness, or is told"
    ),
    "basis": Field(
        one_of("stated", "implied"), required=True, says="whether a document says it, or the device just needs it"
    ),
    "device_types": Field(listing(scalars.SLUG, at_least=1), default=[], says="whom it is for; left out: all"),
    "to": Field(_TO, says="where it goes; left out: the vendor publishes no destination"),
    "any_of": Field(PORTS, default=[], says="ports of which one is enough: the first is the primary"),
    "all_of": Field(PORTS, default=[], says="ports that are all needed"),
    "between": Field(listing(scalars.SLUG), default=[], says="the two device types of a local flow"),
    "wifi": Field(_WIFI, default={}, says="a property of the wireless network"),
    "certificate": Field(one_of("pinned", "public"), default="", says="what the device takes for its cloud's"),
    "text": Field(text, default="", says="what to know or to do"),
    "sources": Field(listing(_SOURCE, at_least=1), required=True, says="who asks for it, in whose words"),
    "conflict": Field(_CONFLICT, default={}, says="where documents differ"),
}


def _needs(kind: str, keys: t.Sequence[str]) -> Schema:
    demands: t.List[Schema] = [{"required": [key]} for key in keys if key != "ports"]
    if "ports" in keys:
        demands.append({"anyOf": [{"required": ["any_of"]}, {"required": ["all_of"]}]})
    return _if("kind", kind, {"allOf": demands})


_SPEC: t.Dict[str, Field] = {
    "schema": Field(one_of(1), required=True, says="the version of this format"),
    "vendor": Field(scalars.SLUG, required=True, says="what a site calls the vendor"),
    "title": Field(text, required=True, says="what a report calls it"),
    "ipv6": Field(
        one_of("supported", "unsupported"),
        default="unsupported",
        says="whether they use IPv6; else it is denied",
    ),
    "sources": Field(listing(_DOCUMENT, at_least=1), required=True, says="the documents that were read"),
    "device_types": Field(listing(mapping(_DEVICE_TYPE), at_least=1), required=True, says="the vendor's products"),
    "requirements": Field(
        listing(mapping(_REQUIREMENT, [_needs(*one) for one in NEEDS.items()]), at_least=1),
        required=True,
        says="what they ask of a network",
    ),
}


def _partly(fields: t.Mapping[str, Field], needed: t.Container[str]) -> t.Dict[str, Field]:
    """The same keys, of which only some have to be there; those left out are None."""
    return {name: field._replace(required=name in needed, default=None) for name, field in fields.items()}


SPEC = mapping(_SPEC)
# What changes another vendor's spec: only what differs. A requirement, a document or a device type that the other one
# has is found by its id and changed in the keys that are given; any other is added.
EXTENSION = mapping(
    {
        **_partly(_SPEC, ("schema", "vendor")),
        "extends": Field(scalars.SLUG, required=True, says="the vendor whose spec this one changes"),
        "device_types": Field(listing(mapping(_partly(_DEVICE_TYPE, ("type",)))), says="changed or added, by type"),
        "requirements": Field(listing(mapping(_partly(_REQUIREMENT, ("id",)))), says="changed or added, by id"),
        "remove": Field(listing(scalars.REQUIREMENT_ID), default=[], says="requirements that are not asked for here"),
    }
)
