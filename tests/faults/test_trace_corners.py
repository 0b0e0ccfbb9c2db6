# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own policy as the one that drops, firewalld, bridges, and packets that end where nobody looks for them."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import typing as t

import pytest

from support.firewall import WEB, apply, policy
from support.gateway import CLOUD, DEVICE, DEVICE_MAC, IMPORT_ROOT, STRANGER, Site, run_module
from support.interpreters import FOUND
from support.tracing import PORT, chain, flow, knock, traced

SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.fieldnet.iot.plugins.module_utils._trace import _flows, _module, _words
flows = _flows.parse_flows(json.loads(sys.argv[2]), [])
_module.start(flows, 20, "token")
print("started", flush=True)
sys.stdin.readline()
print(json.dumps(_module.end(flows, "token", _words.Teller("gw"))))
"""


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


def test_our_own_policy_is_said_to_be_ours(site: Site) -> None:
    apply(site, policy([WEB]))
    found = traced(site, flow())
    assert found["place"] == "rejected"
    assert found["rule"]["ours"]
    assert (found["rule"]["family"], found["rule"]["table"]) == ("inet", "fieldnet_iot")
    assert found["reason"].endswith("a rule of this collection")
    assert "not a rule" not in found["reason"]
    assert "add the flow to the vendor's spec or to the site's data" in found["remedy"]


def test_what_our_policy_allows_and_another_drops_is_the_other_s(site: Site) -> None:
    apply(site, policy([{**WEB, "port": PORT}]))
    chain(site.gateway, "forward", f"tcp dport {PORT} drop", priority=20)
    found = traced(site, flow())
    assert (found["place"], found["rule"]["table"], found["rule"]["ours"]) == ("dropped", "corp", False)


def test_an_unknown_device_is_refused_by_our_policy(site: Site) -> None:
    apply(site, policy([{**WEB, "port": PORT}]))
    wanted = flow(source=STRANGER)
    found = traced(site, wanted, lambda: knock(site.stranger, wanted))
    assert (found["place"], found["rule"]["ours"]) == ("rejected", True)


def test_firewalld_is_told_by_its_own_means(site: Site) -> None:
    chain(site.gateway, "forward", "reject with icmpx admin-prohibited", table="inet firewalld", priority=10)
    found = traced(site, flow())
    assert found["place"] == "rejected"
    assert found["remedy"].startswith(f"have firewalld accept tcp {PORT} from {DEVICE} to {CLOUD}")


def test_a_packet_that_has_lived_long_enough(site: Site) -> None:
    def tired() -> None:
        with site.device.entered():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            sock.sendto(b"ping", (CLOUD, PORT))

    found = traced(site, flow(protocol="udp"), tired)
    assert (found["place"], "(TTL) ran out" in found["reason"]) == ("lost_in_routing", True)


def test_a_packet_to_somebody_else_s_mac_address(site: Site) -> None:
    site.device.run("ip", "neigh", "replace", "10.40.0.1", "lladdr", "02:00:00:00:00:77", "dev", "eth0")
    found = traced(site, flow())
    assert found["place"] == "at_interface"
    assert "reached vlan40 of gw, but not its IP layer" in found["reason"]


def test_a_packet_that_comes_in_elsewhere(site: Site) -> None:
    found = traced(site, flow(interface="eth0.41"))
    assert found["place"] == "delivered"
    assert found["reason"].endswith("it came in through vlan40, not through eth0.41")


def test_a_rule_of_a_bridge(site: Site) -> None:
    """The VLAN's interface is a bridge of the gateway's."""
    gateway = site.gateway
    gateway.run("ip", "link", "add", "br40", "type", "bridge", "forward_delay", "0")
    gateway.run("ip", "address", "flush", "dev", "vlan40")
    gateway.run("ip", "link", "set", "vlan40", "master", "br40")
    gateway.run("ip", "link", "set", "br40", "up")
    gateway.run("ip", "address", "add", "10.40.0.1/24", "dev", "br40")
    chain(gateway, "input", f"tcp dport {PORT} drop", table="bridge guard")
    options = {"flows": [flow(interface="br40")], "name": "gw"}
    started = run_module(gateway, "path_trace", {**options, "state": "started"})
    knock(site.device, flow())
    ended = run_module(gateway, "path_trace", {**options, "state": "ended", "token": started["token"]})
    (found,) = ended["results"]
    assert (found["place"], found["rule"]["family"], found["rule"]["table"]) == ("dropped", "bridge", "guard")


def test_a_device_s_ipv6_is_known_by_its_mac_address(site: Site) -> None:
    wanted = flow(6, source="::/0", mac=DEVICE_MAC)
    chain(site.gateway, "forward", f"tcp dport {PORT} drop")
    assert traced(site, wanted)["place"] == "dropped"


def test_on_every_python_that_a_gateway_may_have(site: Site) -> None:
    """Its standard library only, and no warning."""
    chain(site.gateway, "forward", f"tcp dport {PORT} drop")
    for python in FOUND.values():
        command = [python, "-I", "-S", "-W", "error", "-c", SCRIPT, str(IMPORT_ROOT), json.dumps([flow()])]
        inside = ["ip", "netns", "exec", site.gateway.name, *command]
        pipes: dict[str, t.Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with subprocess.Popen(inside, text=True, **pipes) as program:
            said = program.stdout.readline() if program.stdout else ""
            knock(site.device, flow())
            rest, errors = program.communicate("now\n", timeout=60)
        assert (said, errors) == ("started\n", ""), python
        assert json.loads(rest)[0]["place"] == "dropped", python
