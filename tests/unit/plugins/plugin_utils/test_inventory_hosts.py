"""Whatever a site's file holds, an inventory takes hosts and groups of it that Ansible takes, or nothing."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._hosts import hosts_of_data, hosts_of_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables import Tables
from support.random_sites import VENDORS, sites
from support.sites import berlin, site

_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["kisi", "gw", "all"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["host", "vlan", "vendor", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_KEYS = ("site", "gateway", "probes", "devices", "tags", "devices_csv")


@given(st.dictionaries(st.sampled_from(_KEYS), _JUNK) | _JUNK)
def test_junk(junk: t.Any) -> None:
    data = {**berlin(), **junk} if isinstance(junk, dict) else junk
    found = hosts_of_data(data, Path("/nowhere/berlin.yml"), Tables())
    assert all(re.fullmatch("(site|vendor|tag)_[a-z][a-z0-9_]*", group) for group in found.groups)
    for host, _role, variables in found.variables():
        assert re.fullmatch(r"[A-Za-z0-9._:-]+", host)
        assert host not in {*found.groups, "all", "iot_gateways"}
        assert variables["iot_site_file"] == "/nowhere/berlin.yml"


@settings(max_examples=50)
@given(sites())
def test_a_site_that_is_right_is_the_same_unchecked(data: t.Dict[str, t.Any]) -> None:
    path = Path("sites/here.yml")
    found = hosts_of_data(data, path, Tables())
    checked = hosts_of_site(site(data, VENDORS))._replace(file=str(path))
    assert found.groups == checked.groups
    assert list(found.variables()) == list(checked.variables())
