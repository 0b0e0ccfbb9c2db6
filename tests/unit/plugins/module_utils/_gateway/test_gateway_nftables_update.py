# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update ends where a new table would, and on its way forgets no address and no count."""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t

import pytest
from hypothesis import given, settings

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import set_name
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_parse import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._rules import definition, render
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._table import Canonical, canonical
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._update import forgets, update
from support.policies import DEVICE, FLOW, OPTIONS, PROFILE, Options, policies

TABLE = "fieldnet_iot"
CLOUD = {**FLOW, "domains": ["*.cloud.example"]}
D4 = set_name("cloud.example", 4)
FOREIGN = "table inet office {\n chain fwd_ {\n type filter hook forward priority 0; policy accept;\n }\n}\n"


def kernel(*steps: str) -> str:
    """Give a kernel of one's own these files for nft, one after the other, and see our table after the last."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    script = 'for step do printf "%s" "$step" | nft -f - || exit; done; nft -j list table inet fieldnet_iot'
    done = subprocess.run([*unshare, "sh", "-c", script, "sh", *steps], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def text(**options: t.Any) -> str:
    return render(parse({**OPTIONS, "egress": "domains", "flows": [CLOUD], **options}))


def way(before: str, **options: t.Any) -> str:
    """The update from what is there to a policy."""
    policy = parse({**OPTIONS, "egress": "domains", "flows": [CLOUD], **options})
    wanted = canonical(kernel(render(policy)))
    found = update(canonical(kernel(before)), wanted, policy.table, definition(policy))
    assert found is not None
    return found


def elements(listing: str, name: str) -> t.List[t.Any]:
    sets = [entry["set"] for entry in json.loads(listing)["nftables"] if "set" in entry]
    found: t.List[t.Any] = next(body.get("elem", []) for body in sets if body["name"] == name)
    return found


def add(name: str, members: str) -> str:
    return f"add element inet {TABLE} {name} {{ {members} }}\n"


@pytest.mark.bulk
@settings(max_examples=60)
@given(policies(), policies())
def test_an_update_ends_where_a_new_table_would(one: Options, other: Options) -> None:
    first, second = (parse({**options, "table": TABLE}) for options in (one, other))
    before, after = (canonical(kernel(render(policy))) for policy in (first, second))
    found = update(before, after, TABLE, definition(second))
    assert found is not None
    assert canonical(kernel(render(first), found)) == after
    again = update(after, after, TABLE, definition(second))
    assert again is not None
    assert canonical(kernel(render(second), again)) == after


def test_addresses_and_their_time_survive_and_so_do_counts() -> None:
    before = text()
    seen = f"{before}{add(D4, '203.0.113.10 timeout 1h expires 30m')}"
    counted = seen.replace("counter flow/a {\n\t\tpackets 0 bytes 0", "counter flow/a {\n\t\tpackets 7 bytes 420")
    listing = kernel(
        counted, way(before, profiles=[{**PROFILE, "ipv6": True}], devices=[{**DEVICE, "ip": "10.40.0.11"}])
    )
    (element,) = elements(listing, D4)
    assert element["elem"]["val"] == "203.0.113.10"
    assert element["elem"]["timeout"] == 3600
    assert 1790 < element["elem"]["expires"] <= 1800
    counters = {
        e["counter"]["name"]: e["counter"]["packets"] for e in json.loads(listing)["nftables"] if "counter" in e
    }
    assert counters["flow/a"] == 7


def test_what_is_no_longer_wanted_goes() -> None:
    before = text(interfaces=[{**OPTIONS["interfaces"][0], "redirect": ["dns"]}])
    listing = kernel(
        before,
        way(before, flows=[{**FLOW, "id": "b"}], profiles=[{**PROFILE, "name": "new", "flows": ["b"]}], devices=[]),
    )
    for name in (D4, "iot_profile_iot_kisi", "iot_redirect", "iot_redirected", "flow/a", "gateway/dns-redirected"):
        assert f'"{name}"' not in listing
    assert '"iot_profile_new"' in listing


def test_a_hook_that_changes_is_changed() -> None:
    before = re.sub("hook forward priority filter - 10", "hook forward priority filter - 20", text())
    before += f"add chain inet {TABLE} more {{ type route hook output priority 0; policy drop; }}\n"
    assert '"prio": -20' in kernel(before)
    listing = kernel(before, way(before))
    assert '"prio": -20' not in listing
    assert '"more"' not in listing


def test_of_a_map_only_what_differs_is_touched() -> None:
    """A packet on its way through the old rules finds no element of a map that is deleted: it would be refused."""
    devices = [{**DEVICE, "mac": f"02:00:00:00:00:{n}", "ip": f"10.40.0.{n}"} for n in range(10, 14)]
    before = text(devices=devices)
    changed = way(before, devices=[*devices[:2], {**devices[2], "ip": "10.40.0.99"}], binding="mac")
    preamble = changed[: changed.index("{\n")]
    assert "delete map" not in preamble
    (line,) = [line for line in preamble.splitlines() if line.startswith("delete element")]
    assert line.count("02:00:00:00:00") == 2
    for mac, ip in (("12", "10.40.0.12"), ("13", "10.40.0.13")):
        assert f'"vlan40" . 02:00:00:00:00:{mac} . {ip}' in line
    assert "delete element" not in way(before, devices=[*devices, {**DEVICE, "mac": "02:00:00:00:00:99", "ip": None}])


def test_all_of_it_or_nothing() -> None:
    before = text()
    broken = (
        way(before, flows=[{**FLOW, "id": "b"}], profiles=[{**PROFILE, "flows": ["b"]}])
        + "add rule inet nowhere x accept\n"
    )
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    script = """load() { printf "%s" "$1" | nft -f -; }
load "$1"; nft list ruleset; load "$2" && exit 9; echo ---; nft list ruleset"""
    done = subprocess.run(
        [*unshare, "sh", "-c", script, "sh", before, broken], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.split("---\n")
    assert first == second
    assert "nowhere" in done.stderr


def test_additions_of_somebody_else_go_whatever_they_are() -> None:
    theirs = ["quota inet {} theirs_q { 1 mbytes }", "limit inet {} theirs_l { rate 1/second }"]
    theirs += ["set inet {} theirs_s { type ipv4_addr; }", 'ct helper inet {} theirs_h { type "ftp" protocol tcp; }']
    before = text() + "".join(f"add {what}\n".replace("{}", TABLE) for what in theirs)
    before += f"add chain inet {TABLE} theirs_c\nadd rule inet {TABLE} iot_input quota name theirs_q jump theirs_c\n"
    before += (
        f"add map inet {TABLE} theirs_m {{ type ipv4_addr : verdict; elements = {{ 1.1.1.1 : jump theirs_c }}; }}\n"
    )
    assert "theirs" not in kernel(before, way(before))


def test_a_name_that_no_text_can_say_asks_for_a_new_table() -> None:
    table: Canonical = {"table x": {"name": "x"}, "chain a b": {"name": "a b"}}
    assert update(table, table, "x", "") is None


def test_a_set_of_another_kind_is_made_anew_and_that_is_known() -> None:
    before = text().replace("size 65535", "size 100")
    wanted = canonical(kernel(text()))
    assert forgets(canonical(kernel(before)), wanted)
    assert not forgets(wanted, wanted)
    assert canonical(kernel(before, way(before))) == wanted


@pytest.mark.parametrize("change", [{"devices": []}, {"profiles": [{**PROFILE, "ipv6": True}]}])
def test_other_tables_stay(change: Options) -> None:
    before = FOREIGN + text()
    assert "office" not in way(before, **change)
