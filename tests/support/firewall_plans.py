"""Plans of the example site, and parts of them."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.sites import Data, berlin, site, specs

DOORS: Data = {
    "name": "doors",
    "interface": "vlan41",
    "subnet": "10.41.0.0/24",
    "router": "10.41.0.1",
    "dns": ["10.41.0.1"],
}


def plan_of(data: t.Optional[Data] = None) -> Data:
    return make_plan(site(data or berlin()), specs())


def firewall_of(data: t.Optional[Data] = None) -> Data:
    return t.cast(Data, plan_of(data)["firewall"])


def by_domain(**gateway: str) -> Data:
    data = berlin()
    data["gateway"].update(egress="domains", **gateway)
    return data


def flows_of(plan: Data) -> t.Dict[str, t.Tuple[t.List[str], t.List[str]]]:
    return {flow["id"]: (flow["to"], flow["domains"]) for flow in plan["firewall"]["flows"]}


def profiles_of(plan: Data) -> t.Dict[str, t.List[str]]:
    return {profile["name"]: profile["flows"] for profile in plan["firewall"]["profiles"]}


def device_of(kind: str, number: int, vlan: str = "iot", **more: str) -> Data:
    mac = f"02:00:00:00:01:{number:02x}"
    return {"name": f"kisi-{number}", "vendor": "kisi", "type": kind, "mac": mac, "vlan": vlan, **more}
