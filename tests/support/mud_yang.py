"""Whether a document is a MUD file by the YANG modules of RFC 8519 and RFC 8520: yangson says."""

from __future__ import annotations

import functools
import json
import typing as t
from pathlib import Path

from yangson import DataModel
from yangson.enumerations import ContentType
from yangson.exceptions import YangsonException

_MODULES = Path(__file__).resolve().parents[1] / "unit/plugins/plugin_utils/yang"
_FEATURES = (
    *("match-on-eth", "match-on-ipv4", "match-on-ipv6", "match-on-tcp", "match-on-udp", "match-on-icmp"),
    *("eth", "ipv4", "ipv6", "mixed-eth-ipv4", "mixed-eth-ipv6", "mixed-eth-ipv4-ipv6"),
)
_TYPES_ONLY = ("ietf-inet-types", "ietf-yang-types", "ietf-packet-fields", "ietf-ethertypes")


@functools.lru_cache(maxsize=1)
def _model() -> t.Any:
    """The modules as a server would list them; an ACL refers to an interface, so that module is implemented too."""
    modules = []
    for path in sorted(_MODULES.glob("*.yang")):
        name, _at, revision = path.stem.partition("@")
        entry: t.Dict[str, t.Any] = {
            "name": name,
            "revision": revision,
            "namespace": f"urn:ietf:params:xml:ns:yang:{name}",
            "conformance-type": "import" if name in _TYPES_ONLY else "implement",
        }
        if name == "ietf-access-control-list":
            entry["feature"] = list(_FEATURES)
        modules.append(entry)
    library = {"ietf-yang-library:modules-state": {"module-set-id": "mud", "module": modules}}
    return DataModel(json.dumps(library), (str(_MODULES),))


def why_invalid(document: t.Mapping[str, t.Any]) -> str:
    """Empty where it is valid; else what yangson says."""
    try:
        _model().from_raw(json.loads(json.dumps(document))).validate(ctype=ContentType.all)
    except YangsonException as exc:
        return f"{type(exc).__name__}: {exc}"
    return ""
