#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall policy of 5,000 devices: how long it takes to apply, and what it costs those who pass.

Needs root, and builds its own network namespaces: device, gateway, cloud. Each rule set is measured in each round, so
that a busy machine is busy for all of them. The cables cost nothing here, and no packet leaves the machine: on a real
one, what a packet filter takes is a smaller part of the whole.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# What is imported below is found by this alone, so it comes first: hence each E402.
sys.path[:0] = [str(ROOT / "build" / "src"), str(ROOT / "tests")]

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import domains_of, set_name  # noqa: E402
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_options import ARGUMENTS  # noqa: E402
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_parse import parse  # noqa: E402
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._rules import render  # noqa: E402
from support.figures import Section  # noqa: E402
from support.gateway import run_module  # noqa: E402
from support.netns import Host, wire  # noqa: E402

DEVICES = 5000  # the last of them is the one that sends
ROUNDS = 9
TURN = 0.4  # seconds
CLOUD, GATEWAY, DEVICE = "203.0.113.10", "10.40.0.1", "10.40.19.136"  # the last of them
MAC = "02:00:00:00:13:88"
BULK, CONNECT, DATAGRAMS = 31314, 993, 62435
PORTS = (("kisi", (31314, 993, 443, 80)), ("spiio", (31314, 993, 80)), ("tsi", (443, 8883)))
TRACK = "table inet track {\n chain c {\n type filter hook forward priority 5; ct state invalid drop;\n }\n}\n"
EMPTY = "table inet bench {\n chain forward_ {\n type filter hook forward priority filter - 10; policy accept;\n }\n}\n"


def options(egress: str) -> dict[str, Any]:
    """A site with three vendors."""
    flows, profiles = [], []
    for vendor, ports in PORTS:
        mine = [
            {
                "id": f"iot/{vendor}/{port}",
                "interface": "vlan40",
                "protocol": "tcp",
                "port": port,
                "to": [],
                "domains": [f"*.{vendor}.example"],
            }
            for port in ports
        ]
        mine.append({**mine[0], "id": f"iot/{vendor}/telemetry", "protocol": "udp", "port": DATAGRAMS})
        mine.append({"id": f"iot/{vendor}/dns", "interface": "vlan40", "protocol": "udp", "port": 53, "to": [GATEWAY]})
        flows += mine
        profiles.append({"name": f"iot_{vendor}", "interface": "vlan40", "flows": [str(flow["id"]) for flow in mine]})
    devices = [
        {
            "name": f"d{number}",
            "interface": "vlan40",
            "mac": f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}",
            "ip": f"10.40.{number >> 8}.{number & 255}",
            # The last one, which is measured, is the vendor's with the most of them.
            "profile": f"iot_{PORTS[0 if number == DEVICES else number % 3][0]}",
        }
        for number in range(2, DEVICES + 1)
    ]
    return {
        "interfaces": [{"name": "vlan40", "subnet": "10.40.0.0/16", "router": GATEWAY}],
        "flows": flows,
        "profiles": profiles,
        "devices": devices,
        "egress": egress,
        "persist": False,
    }


def linear(policy: dict[str, Any]) -> str:
    """The same as somebody would write it by hand: a rule a device and port, replies first."""
    flows = {flow["id"]: flow for flow in policy["flows"]}
    profiles = {profile["name"]: profile["flows"] for profile in policy["profiles"]}
    rules = []
    for device in policy["devices"]:
        ports = ", ".join(str(flows[flow]["port"]) for flow in profiles[device["profile"]] if not flows[flow].get("to"))
        rules.append(
            f'iifname "vlan40" ether saddr {device["mac"]} ip saddr {device["ip"]} th dport {{ {ports} }} accept'
        )
    head = ["type filter hook forward priority filter - 10; policy accept;", 'iifname != "vlan40" accept']
    body = "\n".join([*head, *rules, "reject"])
    return f"table inet bench {{\nchain forward_ {{\n{body}\n}}\n}}\n"


def ours(egress: str) -> str:
    """The rule set of the collection; the cloud's address is in the sets of its domains."""
    defaults = {name: option.get("default") for name, option in ARGUMENTS.items()}
    policy = parse({**defaults, **options(egress)})
    names = [set_name(domain, 4) for domain in domains_of(policy.flows)]
    return render(policy) + "".join(f"add element inet fieldnet_iot {name} {{ {CLOUD} }}\n" for name in names)


class Lab:
    """Device, gateway and cloud."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.device, self.gateway, self.cloud = (Host(role) for role in ("device", "gw", "cloud"))
        for host in (self.device, self.gateway, self.cloud):
            stack.callback(host.delete)
        wire(self.gateway, "vlan40", self.device, "eth0")
        wire(self.gateway, "wan0", self.cloud, "eth0")
        self.device.run("ip", "link", "set", "eth0", "address", MAC)
        for host, interface, address in (
            (self.gateway, "vlan40", f"{GATEWAY}/16"),
            (self.gateway, "wan0", "203.0.113.1/24"),
            (self.device, "eth0", f"{DEVICE}/16"),
            (self.cloud, "eth0", f"{CLOUD}/24"),
        ):
            host.run("ip", "address", "add", address, "dev", interface)
        self.device.run("ip", "route", "add", "default", "via", GATEWAY)
        self.cloud.run("ip", "route", "add", "default", "via", "203.0.113.1")
        self.gateway.sysctl("net.ipv4.ip_forward", "1")
        # Whether connections are tracked is another question: they are, for all.
        self.gateway.run("nft", "-f", "-", stdin=TRACK)
        self._stack = stack

    def serve(self) -> None:
        """The cloud takes all that is sent to it."""
        server = self.cloud.popen(sys.executable, "-c", SERVER, str(BULK), str(CONNECT), str(DATAGRAMS))
        self._stack.callback(server.kill)
        if server.stdout is None or server.stdout.readline() != "ready\n":
            sys.exit("tests/bench/firewall: the server does not start")

    def client(self, code: str, *arguments: object) -> float:
        """What a client on the device has done in a second."""
        return float(self.device.run(sys.executable, "-c", code, *map(str, arguments)))

    def use(self, rules: str) -> None:
        """These rules, and no others."""
        for table in ("bench", "fieldnet_iot"):
            self.gateway.run("nft", "-f", "-", stdin=f"table inet {table}\ndelete table inet {table}\n")
        self.gateway.run("nft", "-f", "-", stdin=rules)


SERVER = """
import socket, sys, threading
def sink(c):
    b = bytearray(1 << 20)
    while c.recv_into(b): pass
def accept(port, serve):
    s = socket.create_server(("0.0.0.0", port), backlog=4096)
    while True:
        c = s.accept()[0]
        if serve: threading.Thread(target=serve, args=(c,), daemon=True).start()
        else: c.close()
unread = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
unread.bind(("0.0.0.0", int(sys.argv[3])))
threading.Thread(target=accept, args=(int(sys.argv[2]), None), daemon=True).start()
print("ready", flush=True)
accept(int(sys.argv[1]), sink)
"""
BULK_CLIENT = """
import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
b = bytes(1 << 20)
start = time.monotonic(); end = start + float(sys.argv[3]); n = 0
while time.monotonic() < end: n += s.send(b)
print(n * 8 / 1e6 / (time.monotonic() - start))
"""
# All of a packet's way is processor time of the sender: a batch that nobody else disturbed tells what it takes.
BATCHES = """
def quickest(work, size):
    end = time.perf_counter() + float(sys.argv[3]); took = []
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(size): work()
        took.append(time.perf_counter() - start)
    took.sort()
    print(size / took[len(took) // 20])
"""
DATAGRAM_CLIENT = f"""
import socket, sys, time
{BATCHES}
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], int(sys.argv[2])))
b = bytes(100)
quickest(lambda: s.send(b), 100)
"""
CONNECT_CLIENT = f"""
import socket, struct, sys, time
{BATCHES}
linger = struct.pack("ii", 1, 0)
def connect():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    s.connect((sys.argv[1], int(sys.argv[2]))); s.close()
quickest(connect, 20)
"""
MEASURES = (
    ("TCP, Mbit/s", BULK_CLIENT, (CLOUD, BULK, TURN)),
    ("new connections a second", CONNECT_CLIENT, (CLOUD, CONNECT, TURN)),
    ("UDP, 100 bytes a packet, packets a second", DATAGRAM_CLIENT, (CLOUD, DATAGRAMS, TURN)),
)


def seconds(work: Any) -> float:
    """What something takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def applying(section: Section, lab: Lab) -> None:
    """The module as Ansible runs it, Python's start included."""

    def run(changed: bool, policy: dict[str, Any]) -> float:
        start = time.monotonic()
        result = run_module(lab.gateway, "firewall_policy", policy)
        if result.get("changed") is not changed:
            sys.exit(f"tests/bench/firewall: {result}")
        return time.monotonic() - start

    rendering = statistics.median(seconds(lambda: ours("domains")) for _run in range(3))
    section.figure("parse and render", rendering, "s")
    policy = options("domains")
    fewer = {**policy, "devices": policy["devices"][:-1]}
    section.figure("first apply", run(True, policy), "s")
    section.figure("found unchanged", statistics.median(run(False, policy) for _run in range(3)), "s")
    section.figure("one device less", run(True, fewer), "s")
    small = {**policy, "devices": policy["devices"][-1:]}
    run(True, small)
    alone = statistics.median(run(False, small) for _run in range(3))
    section.figure("found unchanged, one device alone", alone, "s")


def forwarding(section: Section, lab: Lab) -> None:
    """Each rule set in each round."""
    rules = {
        "empty table": EMPTY,
        "ours, egress by port": ours("ports"),
        "ours, egress by domain": ours("domains"),
        "one linear rule a device": linear(options("ports")),
    }
    seen: dict[tuple[str, str], list[float]] = {}
    for _round in range(ROUNDS):
        for name, text in rules.items():
            lab.use(text)
            for measure, code, arguments in MEASURES:
                seen.setdefault((measure, name), []).append(lab.client(code, *arguments))
    for measure, _code, _arguments in MEASURES:
        for name in rules:
            rate = seen[measure, name]
            section.figure(f"{measure}: {name}", statistics.median(rate))
            for other in ("empty table", "one linear rule a device") if name.startswith("ours") else ():
                ratios = [one / base for one, base in zip(rate, seen[measure, other], strict=True)]
                aim = "0.95 or more" if other == "empty table" else ""
                section.ratio(f"{measure}: {name}", other, statistics.median(ratios), of="throughput", aim=aim)


def main() -> None:
    """Tell all figures."""
    how = f"{DEVICES:,} devices on one gateway, in network namespaces; each rule set in each of {ROUNDS} rounds."
    with Section("Firewall", how) as section, contextlib.ExitStack() as stack:
        lab = Lab(stack)
        applying(section, lab)
        lab.serve()
        forwarding(section, lab)


if __name__ == "__main__":
    main()
