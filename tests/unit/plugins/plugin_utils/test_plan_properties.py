"""What holds for the plan of any valid site."""

from __future__ import annotations

import copy
import json
import random
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import (
    _dhcp,
    _dns,
    _firewall_options,
    _firewall_parse,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import parse_checks
from ansible_collections.fieldnet.iot.plugins.modules import dhcp_reservations, dns_policy
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.random_sites import VENDORS, sites
from support.sites import Data, site


def _plan(data: Data) -> Data:
    return make_plan(site(data, VENDORS), VENDORS)


@given(data=sites())
def test_the_firewall_part_is_whole(data: Data) -> None:
    found = _plan(data)["firewall"]
    flows = {flow["id"]: flow for flow in found["flows"]}
    profiles = {profile["name"]: profile for profile in found["profiles"]}
    assert len(flows) == len(found["flows"])
    assert len(profiles) == len(found["profiles"])
    interfaces = {interface["name"] for interface in found["interfaces"]}
    for profile in profiles.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,47}", profile["name"])
        assert profile["interface"] in interfaces
        assert profile["flows"] == sorted(set(profile["flows"]))
        assert all(flows[key]["interface"] == profile["interface"] for key in profile["flows"])
        assert re.fullmatch(r"[ -!#-\[\]-~]{1,80}", profile["title"])
    for device in found["devices"]:
        assert profiles[device["profile"]]["interface"] == device["interface"]
        assert _values.host_label(device["name"]) == device["name"]
    for key in ("name", "mac"):
        seen = [device[key] for device in found["devices"]]
        assert len(set(seen)) == len(seen)
    # Nothing is planned that nobody may open.
    assert set(flows) == {key for profile in profiles.values() for key in profile["flows"]}


@given(data=sites())
def test_each_device_may_open_what_its_own_vendor_asks_for_and_no_more(data: Data) -> None:
    found = _plan(data)["firewall"]
    held = {profile["name"]: profile["flows"] for profile in found["profiles"]}
    given = {device["name"]: held[device["profile"]] for device in found["devices"]}
    for device in data["devices"]:
        assert all(key.startswith(f"{device['vlan']}/{device['vendor']}/") for key in given[device["name"]])


@given(data=sites())
def test_by_domain_nothing_leads_anywhere(data: Data) -> None:
    plan = _plan(data)
    named = {domain for flow in plan["firewall"]["flows"] for domain in flow["domains"]}
    assert plan["dns"]["domains"] == sorted(named)
    assert (plan["dns"]["state"] == "present") == bool(named)
    if data["gateway"]["egress"] == "domains":
        assert all(flow["to"] or flow["domains"] for flow in plan["firewall"]["flows"])
    else:
        assert not named


@given(data=sites(), seed=st.integers(0, 1000))
def test_the_same_bytes_whatever_the_order(data: Data, seed: int) -> None:
    shuffled = copy.deepcopy(data)
    order = random.Random(seed)
    for key in ("devices", "endpoints", "probes"):
        order.shuffle(shuffled[key])
    assert json.dumps(_plan(shuffled)) == json.dumps(_plan(data))


@given(data=sites())
def test_the_module_takes_it(data: Data) -> None:
    """As Ansible itself checks the task's arguments, and then the module."""
    plan = _plan(data)
    policy = _firewall_parse.parse(_validated(_firewall_options.ARGUMENTS, plan["firewall"]))
    options = _validated(dns_policy.ARGUMENTS, plan["dns"])
    if options["state"] == "present":
        assert list(_dns.parse(options).patterns) == plan["dns"]["domains"]
        assert policy.has_ipv6 == options["ipv6"]
        assert options["routers"]
    assert len(policy.devices) == len(data["devices"]) + sum(
        probe["host"] != data["gateway"]["host"] for probe in data["probes"]
    )


@given(data=sites())
def test_the_probe_takes_its_checks(data: Data) -> None:
    parse_checks(_plan(data)["checks"])


@given(data=sites())
def test_the_dhcp_module_takes_it(data: Data) -> None:
    """But for an address that happens to be this very machine's."""
    plan = _plan(data)
    options = _validated(dhcp_reservations.ARGUMENTS, plan["dhcp"])
    wanted = _dhcp.read(options["reservations"], options["subnets"])
    assert [one for one in wanted.problems if not one.endswith("is an address of the gateway itself")] == []
    assert len(options["reservations"]) == sum("ip" in device for device in data["devices"])
    assert {one["subnet"] for one in options["subnets"]} == {
        vlan["subnet"] for vlan in data["vlans"] if vlan["dhcp_options"]
    }


def _validated(spec: Data, options: Data) -> Data:
    found = ArgumentSpecValidator(spec).validate(options)
    assert found.error_messages == []
    return t.cast(Data, found.validated_parameters)
