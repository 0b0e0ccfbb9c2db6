# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is a property of the site: addressing, nobody in the middle."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._egress import open_for_probes
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import (
    Entry,
    Part,
    Scope,
    check,
    given,
    label,
    nameservers,
    no_probe,
    reach,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._wifi import portal
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import is_address


def ipv4(scope: Scope) -> Part:
    """The VLAN's subnet is IPv4: the site's data can't be otherwise."""
    return Part(given=given("met", f"VLAN {scope.vlan.name} has the IPv4 subnet {scope.vlan.subnet}"))


def captive_portal(scope: Scope) -> Part:
    """A plain HTTP request gets the answer of an open path; or, where port 80 is closed, the vendor's own service
    answers as no portal can: then nobody has to log in first.
    """
    part = Part(proves=("open",))
    part.given = portal(scope) or (no_probe(scope) if scope.probe is None else None)
    if part.given:
        return part
    test = scope.site.portal_test
    url = urlsplit(test.url)
    host, port = str(url.hostname), url.port or 80
    # One check for all vendors of the VLAN, whose subnet is IPv4.
    looked_up = {} if is_address(host) else {"nameservers": nameservers(scope.vlan), "family": "ipv4"}
    body = {"expect_body": test.expect_body} if test.expect_body else {}
    check_id = f"{scope.vlan.name}/portal"
    options = {"url": test.url, "expect_status": test.expect_status, **body, **looked_up}
    part.checks.append(check(scope, "http", check_id, **options))
    part.groups.append({"mode": "any", "checks": [{"check": check_id, "label": test.url}, *_dialogues(scope)]})
    open_for_probes(scope, part, check_id, "tcp", port, host)
    return part


def _dialogues(scope: Scope) -> t.List[Entry]:
    """The checks of this vendor, planned elsewhere, that talk to its service in the service's own protocol."""
    return [
        {
            "check": f"{scope.vlan.name}/{scope.spec.vendor}/{found.id}/{port.id}/{host}",
            "label": f"{label(port)} to {host}",
        }
        for found in scope.spec.requirements
        for port in found.ports
        for host in scope.hosts_of(found)
        if port.application
    ]


def tls_inspection(scope: Scope) -> Part:
    """The certificate seen at the vendor's hosts is one that the site knows to be the vendor's."""
    part = Part(proves=("trusted",))
    pinned = [(r, e) for r in scope.spec.requirements if (e := scope.endpoints_of(r)) and e.tls_pins and r.ports]
    if not pinned:
        part.given = given(
            "unproven",
            "the site knows no certificate of the vendor to compare with what a host in the VLAN gets to see",
            f"add tls_pins to an endpoint of {scope.spec.vendor} in the site's file: the certificate's SHA-256, read"
            " on a network without inspection",
        )
    elif scope.probe is None:
        part.given = no_probe(scope)
    else:
        for requirement, endpoints in pinned:
            for host in sorted(set(endpoints.hosts)):
                part.groups.append(
                    _handshakes(scope, requirement.ports, requirement.id, host, endpoints.tls_pins, part)
                )
    return part


def _handshakes(
    scope: Scope, ports: t.Sequence[t.Any], requirement_id: str, host: str, pins: t.Sequence[str], part: Part
) -> Entry:
    checks = []
    for port in (port for port in ports if port.protocol == "tcp"):
        check_id = f"{scope.id}/{requirement_id}/{port.id}/{host}"
        part.checks.append(check(scope, "tls", check_id, **reach(scope, host), port=port.port, pins=sorted(pins)))
        checks.append({"check": check_id, "label": f"TLS on {label(port)} to {host}"})
    return {"mode": "any", "checks": checks}


FACTS: t.Mapping[str, t.Callable[[Scope], Part]] = {
    "ipv4": ipv4,
    "captive_portal": captive_portal,
    "tls_inspection": tls_inspection,
}
