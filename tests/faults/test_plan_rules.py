"""Whatever site passes its checks, the kernel takes its rules, and they have exactly the planned flows."""

from __future__ import annotations

import collections
import json
import subprocess
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import HealthCheck, given, settings

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _firewall_options, _firewall_parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._names import comment_of, profile_chain
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._rules import render
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.random_sites import VENDORS, sites
from support.sites import Data, site

_LOAD = ["unshare", "--net", "sh", "-c", "nft -f - && nft -j list table inet fieldnet_iot"]


def _loaded(text: str) -> t.List[Data]:
    done = subprocess.run(_LOAD, input=text, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"{done.stderr}\n{text}"
    return t.cast(t.List[Data], json.loads(done.stdout)["nftables"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=sites())
def test_the_kernel_takes_the_plan_of_any_valid_site(data: Data) -> None:
    firewall = make_plan(site(data, VENDORS), VENDORS)["firewall"]
    checked = ArgumentSpecValidator(_firewall_options.ARGUMENTS).validate(firewall)
    assert checked.error_messages == []
    found = _loaded(render(_firewall_parse.parse(checked.validated_parameters)))
    # Each profile's chains name its flows and no others, and every device of the plan leads into its profile.
    named = collections.defaultdict(set)
    for entry in found:
        rule = entry.get("rule", {})
        if "comment" in rule:
            named[rule["chain"].partition("_")[2].partition("_")[2]].add(rule["comment"])
    for profile in firewall["profiles"]:
        wanted = {comment_of(key) for key in profile["flows"]}
        assert named[profile["name"]] == wanted
        assert profile_chain(profile["name"]) in {entry["chain"]["name"] for entry in found if "chain" in entry}
    maps = [entry["map"] for entry in found if "map" in entry]
    led = {
        (element[0]["concat"][1], element[1]["goto"]["target"])
        for one in maps
        if one["name"] in ("iot_devices", "iot_roaming")
        for element in one.get("elem", [])
    }
    assert led == {(device["mac"], profile_chain(device["profile"])) for device in firewall["devices"]}
