# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused stands in the log, by device, and nobody can drown it there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import time
import typing as t
from pathlib import Path

import pytest

from support.firewall import WEB, apply, policy
from support.gateway import CLOUD, DEVICE, STRANGER, Site
from support.netns import Host


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


LOG_ALL_NETNS = Path("/proc/sys/net/netfilter/nf_log_all_netns")


@pytest.fixture
def kernel_log(site: Site) -> t.Iterator[t.Callable[[str], t.List[str]]]:
    """What the kernel logs from now on of packets that came to this gateway, with some word in it."""
    # It is the machine's, not a namespace's: what other tests' gateways log meanwhile is in there, too.
    router = f"MAC={_mac(site.gateway)}:"
    before = LOG_ALL_NETNS.read_text(encoding="ascii")
    LOG_ALL_NETNS.write_text("1", encoding="ascii")
    descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.lseek(descriptor, 0, os.SEEK_END)
        yield lambda word: [line for line in _records(descriptor) if word in line and router in line]
    finally:
        os.close(descriptor)
        LOG_ALL_NETNS.write_text(before, encoding="ascii")


def _mac(gateway: Host) -> str:
    address: str = json.loads(gateway.run("ip", "-j", "link", "show", "vlan40"))[0]["address"]
    return address


def _records(descriptor: int) -> t.Iterator[str]:
    while True:
        try:
            yield os.read(descriptor, 8192).decode(errors="replace")
        except BlockingIOError:
            return


@pytest.mark.skipif(not os.access(LOG_ALL_NETNS, os.W_OK), reason="needs the machine's own network to log others'")
def test_refusals_are_logged_by_device_at_a_limited_rate(
    site: Site, kernel_log: t.Callable[[str], t.List[str]]
) -> None:
    apply(site, {**policy([WEB]), "log_limit": "2/hour"})
    for host, source in ((site.stranger, STRANGER), (site.device, DEVICE)):
        with host.entered():
            noisy = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with noisy:
            noisy.bind((source, 0))
            for _packet in range(50):
                with contextlib.suppress(OSError):
                    noisy.sendto(b"x", (CLOUD, 9))
    lines = [
        re.sub(r".*(fieldnet-iot-\w+).*SRC=(\S+).*", r"\1 \2", line, flags=re.S) for line in kernel_log("fieldnet-iot")
    ]
    seen = {line: lines.count(line) for line in set(lines) if "10.40.0" in line}
    # A burst of five, then the rate; one device's noise hides no other's.
    assert seen == {f"fieldnet-iot-unknown {STRANGER}": 5, f"fieldnet-iot-refused {DEVICE}": 5}
    assert site.packets("refused/unknown") >= 40


@pytest.mark.skipif(not os.access(LOG_ALL_NETNS, os.W_OK), reason="needs the machine's own network to log others'")
def test_forged_senders_cannot_flood_the_log(site: Site, kernel_log: t.Callable[[str], t.List[str]]) -> None:
    apply(site, policy([WEB]))
    with site.stranger.entered():
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    begun = time.monotonic()
    with raw:
        raw.bind(("eth0", 0))
        for number in range(400):
            sender = bytes([2, 0, 9, 0, number >> 8, number & 255])
            raw.send(_datagram(bytes.fromhex(_mac(site.gateway).replace(":", "")), sender))
    deadline = time.monotonic() + 30
    while site.packets("refused/unknown") < 400:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(site.elements("iot_unknown_seen")) >= 400
    # All together: 20 a second, and a burst of 40.
    assert 40 <= len(kernel_log("fieldnet-iot-unknown")) <= 60 + 20 * (time.monotonic() - begun)


def _datagram(receiver: bytes, sender: bytes) -> bytes:
    udp = (1000).to_bytes(2, "big") + (9).to_bytes(2, "big") + (9).to_bytes(2, "big") + b"\0\0x"
    head = bytearray(b"\x45\0" + (29).to_bytes(2, "big") + b"\0\0\0\0\x40\x11\0\0")
    head += socket.inet_aton(STRANGER) + socket.inet_aton(CLOUD)
    total = sum(int.from_bytes(head[at : at + 2], "big") for at in range(0, 20, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    head[10:12] = (~total & 0xFFFF).to_bytes(2, "big")
    return receiver + sender + b"\x08\0" + bytes(head) + udp
