# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A vendor's page: what its spec says, for people who read no YAML. A pure function; the same spec, the same bytes."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._markdown import block, code, table, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages import _parts as parts
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._request import firewall_request
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._words import either
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

HEADER = "<!-- Written by fieldnet.iot.vendor_pages from vendor specs. Changes are lost by the next run. -->\n"
INDEX = "README.md"
Lines = t.List[str]


def page(spec: Spec) -> str:
    """The whole page, in Markdown."""
    extends = f" It extends the spec {code(spec.extends)}." if spec.extends else ""
    lines = [
        f"# {text(spec.title)}: what it asks of a network",
        "",
        f"What is on this page comes from the vendor spec {code(spec.vendor)}, and that from the documents named at"
        f" its end.{extends} **Required** counts for a site's readiness; **recommended** is looked at and told."
        " **Stated** is what a document says; **implied** is what none says, but the devices need."
        f" [All vendors]({INDEX})",
        "",
    ]
    for heading, intro, found in _sections(spec):
        if found:
            lines += [f"## {heading}", "", *([intro, ""] if intro else []), *found]
    return _joined(lines)


def _sections(spec: Spec) -> t.Iterator[t.Tuple[str, str, Lines]]:
    """Heading, introduction and content of each section; what has no content is left out."""
    yield "Devices", "", parts.devices(spec)
    yield (
        "The firewall request",
        "To be sent to whoever runs the network: copy it and fill in the blanks.",
        block(firewall_request(spec)),
    )
    yield "Ports", "", parts.ports(spec)
    yield "Between the devices", "", parts.local(spec)
    yield "Addresses, names and time", "", parts.names_and_addresses(spec)
    yield (
        "Wi-Fi",
        "For devices that use it. One network of the VLAN that suits is enough.",
        parts.wifi(spec),
    )
    yield "What must not stand in the way", "", parts.in_the_way(spec)
    yield "Where the documents differ", "", parts.caveats(spec)
    yield (
        "Checklist",
        "What no probe can see: somebody looks at it on the site and says so in the site's file, under `attested`.",
        parts.told(spec, "checklist"),
    )
    yield "Advice", "Never judged, always shown.", parts.told(spec, "advice")
    yield "Who asks for what", "Each requirement, and every sentence that it was read from.", parts.evidence(spec)
    yield (
        "How the vendor's MUD file was read",
        "What it says beside the above, and what was taken to be meant.",
        parts.not_carried(spec),
    )
    yield "Sources", "", parts.documents(spec)


def index(specs: t.Iterable[Spec]) -> str:
    """The page that lists the others."""
    rows = [
        (
            f"[{text(spec.title)}]({file_name(spec)})",
            code(spec.vendor),
            text("; ".join(kind.title for kind in spec.device_types)),
            _ports(spec),
        )
        for spec in sorted(specs, key=lambda spec: spec.vendor)
    ]
    return _joined(
        [
            "# Vendors",
            "",
            "What each vendor's devices ask of a network, read from the vendor's own documents. Each page has the"
            " firewall request in plain words, to be sent to whoever runs the network.",
            "",
            *table(("Vendor", "In a site's file", "Devices", "Outbound ports"), rows),
        ]
    )


def _ports(spec: Spec) -> str:
    found = sorted(
        {
            (port.protocol.upper(), port.port)
            for one in spec.requirements
            if one.kind not in ("local", "dns")
            for port in one.ports
        }
    )
    by_protocol: t.Dict[str, Lines] = {}
    for protocol, port in found:
        by_protocol.setdefault(protocol, []).append(str(port))
    return "; ".join(f"{protocol} {either(numbers, 'and')}" for protocol, numbers in by_protocol.items()) or "none"


def file_name(spec: Spec) -> str:
    """Where a vendor's page lies, beside the others."""
    return f"{spec.vendor}.md"


def pages(specs: t.Iterable[Spec]) -> t.Dict[str, str]:
    """All files of a folder, by name."""
    found = list(specs)
    return {INDEX: index(found), **{file_name(spec): page(spec) for spec in found}}


def _joined(lines: Lines) -> str:
    return HEADER + "\n" + "\n".join(lines).rstrip("\n") + "\n"
