# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the cloud: ports that fall silent or are refused, in an nftables table of their own."""

from __future__ import annotations

import argparse

from .podman import podman
from .shell import LabError

KINDS = {
    "silence": "drop what comes to a port without a word",
    "reject": "refuse what comes to a port with ICMP admin-prohibited",
    "reset": "answer what comes to a TCP port with a reset",
}
STATEMENTS = {
    "silence": "drop",
    "reject": "reject with icmp type admin-prohibited",
    "reset": "reject with tcp reset",
}
# Ahead of connection tracking's established traffic too: a port that falls silent does so for open connections.
CHAIN = "add table ip lab_faults; add chain ip lab_faults input { type filter hook input priority -300; }"


def port(text: str) -> int:
    """Return the port number that a command line names."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def add(kind: str, protocol: str, number: int) -> None:
    """Break one port of the cloud, beside those which are broken already."""
    if kind == "reset" and protocol != "tcp":
        raise LabError("only TCP has a reset: use `reject` or `silence` for UDP")
    rule = f'add rule ip lab_faults input iifname "wan0" {protocol} dport {number} {STATEMENTS[kind]}'
    podman("exec", "cloud", "nft", f"{CHAIN}; {rule}")


def clear() -> None:
    """Mend every port."""
    podman("exec", "cloud", "nft", "add table ip lab_faults; delete table ip lab_faults")
