# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is to be followed on a gateway: the flows behind the checks that failed, and the checks to be made again."""

from __future__ import annotations

import ipaddress
import typing as t
from urllib.parse import urlsplit

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._for_host import checks_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Probe, Site

Data = t.Mapping[str, t.Any]

EXPLAINED = ("unmet", "inconclusive")
_MOST = 256  # flows that a gateway follows at once
_TCP = {"tcp": 0, "tls": 443, "mqtt": 8883, "http": 80, "idle": 0}
_UDP = {"udp": 0, "ntp": 123, "dns_integrity": 53}
_DNS_PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}


class Explaining(t.NamedTuple):
    """What there is to do."""

    flows: t.List[t.Dict[str, t.Any]]  # as path_trace takes them
    of: t.Dict[str, str]  # the check behind each flow, by the flow's id
    checks: t.Dict[str, t.List[t.Dict[str, t.Any]]]  # by probe host, as the module probe takes them


def failed(plan: Data, results: t.Sequence[Data]) -> t.Set[str]:
    """The checks that failed of requirements that are to be explained."""
    found: t.Set[str] = set()
    for entry, judged in zip(plan["requirements"], assess(plan, results)["requirements"]):
        if judged["verdict"] in EXPLAINED and entry["kind"] != "blocked":
            found |= {seen["id"] for seen in judged["observations"] if seen["observation"] not in entry["proves"]}
    return found


def explaining(plan: Data, site: Site, results: t.Sequence[Data], wanted: t.Collection[str]) -> Explaining:
    """Flows for these checks, as far as they pass the gateway and it is known where they lead."""
    by_id = {result["id"]: result for result in results}
    probes = {probe.host: probe for probe in site.probes if probe.host != site.gateway.host}
    flows: t.List[t.Dict[str, t.Any]] = []
    of: t.Dict[str, str] = {}
    for check in plan["checks"]:
        if check["id"] not in wanted or check["id"] not in by_id or check["probe"] not in probes:
            continue
        for flow in _flows(check, by_id[check["id"]], site, probes[check["probe"]]):
            if len(flows) < _MOST:
                name = str(len(flows))
                flows.append({"id": name, **flow})
                of[name] = check["id"]
    again = set(of.values())
    checks = {host: [check for check in checks_for(plan, host) if check["id"] in again] for host in sorted(probes)}
    return Explaining(flows, of, {host: made for host, made in checks.items() if made})


def _flows(check: Data, result: Data, site: Site, probe: Probe) -> t.Iterator[t.Dict[str, t.Any]]:
    vlan = site.vlan(probe.vlan)
    if vlan is None:
        return
    for protocol, address, port in dict.fromkeys(_targets(check, result)):
        inside = ipaddress.ip_address(address) in vlan.network and address != vlan.router
        if not inside:
            source = "::/0" if ":" in address else probe.ip or vlan.subnet
            ends = {"protocol": protocol, "source": source, "destination": address, "port": port}
            yield {**ends, "mac": probe.mac, "interface": vlan.interface}


def _targets(check: Data, result: Data) -> t.Iterator[t.Tuple[str, str, int]]:
    if result["observation"] == "name_error":
        # It got no further than to ask.
        yield from (("udp", server, 53) for server in check.get("nameservers", ()))
        return
    service = _service(check)
    for seen in result.get("addresses", ()):
        if service and _is_address(seen["address"]):
            yield service[0], seen["address"], service[1]


def _service(check: Data) -> t.Optional[t.Tuple[str, int]]:
    """Protocol and port of a check; None of one that sends nothing through a gateway."""
    kind = check["kind"]
    if kind == "http":
        url = urlsplit(check["url"])
        return "tcp", url.port or (443 if url.scheme == "https" else 80)
    if kind == "dns":
        transport = check.get("transport", "udp")
        return "udp" if transport == "udp" else "tcp", check.get("port", _DNS_PORTS[transport])
    if kind == "nonce":
        return check.get("protocol", "tcp"), check["port"]
    if kind == "mqtt" and not check.get("tls", True):
        return "tcp", check.get("port", 1883)
    if kind in _TCP or kind in _UDP:
        return "tcp" if kind in _TCP else "udp", check.get("port", {**_TCP, **_UDP}[kind])
    return None


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False
