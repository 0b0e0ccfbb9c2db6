# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites with a radio, and what is judged of what it hears."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._scan_text import parse
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.results import saw
from support.sites import Data, berlin, site, specs

SPECS = specs()
SECOND = "02:00:00:00:01:02"
SCAN = "iot/wifi-scan/probe.berlin.example"


def with_radio(**ssid: t.Any) -> Data:
    data = berlin()
    data["probes"][0]["radio"] = "wlan0"
    data["ssids"][0].update(ssid)
    data["ssids"][0] = {key: value for key, value in data["ssids"][0].items() if value is not None}
    return data


def planned(data: Data) -> Data:
    return make_plan(site(data, SPECS), SPECS)


def judged(data: Data, *texts: str, **scan: t.Any) -> Data:
    """The assessment of a site where all works, and this is on the air."""
    plan = planned(data)
    results = saw({**plan, "checks": [check for check in plan["checks"] if check["kind"] != "wifi_scan"]})
    networks = parse("".join(texts))
    seen = {
        "observation": "heard" if texts else "nothing_heard",
        "reason": "it was heard",
        "networks": networks,
        **scan,
    }
    scans = [check for check in plan["checks"] if check["kind"] == "wifi_scan"]
    for check in scans if seen["observation"] else ():
        results.append({"id": check["id"], "kind": "wifi_scan", "addresses": [], "flaky": False, "attempts": 1, **seen})
    return assess(plan, results)


def requirement(found: Data, name: str) -> Data:
    vendor, _slash, wanted = name.partition("/")
    return next(one for one in found["requirements"] if (one["vendor"], one["id"]) == (vendor, wanted))


def verdict(found: Data, name: str) -> str:
    return str(requirement(found, name)["verdict"])


WIFI = [f"{vendor}/wifi-{what}" for vendor in ("spiio", "tsi") for what in ("band", "standard", "security")]


# --- the plan ---
