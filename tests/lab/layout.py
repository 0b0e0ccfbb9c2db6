# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site in the box as data: its places on disk, its nodes and their networks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
BUILD = CHECKOUT / "build" / "lab"
NODE_FILES = HERE / "nodes"
KEYS = BUILD / "keys"
SSH_CONFIG = BUILD / "ssh_config"
HOSTS = BUILD / "hosts.yml"

# Inside `enter` this is a private tmpfs; outside it doesn't exist.
RUN = Path("/run/fieldnet-lab")
IMAGE = RUN / "image"

RELEASE = os.environ.get("LAB_RELEASE", "bookworm")
# An image of a registry to begin with, of that release; without one a mirror alone is enough.
PUBLIC_IMAGE = os.environ.get("LAB_IMAGE", "")

MGMT_SUBNET = "192.0.2.0/24"
MGMT_OURS = "192.0.2.1/24"
# Networks without addresses of their own: layer-2 segments.
SEGMENTS = ("iot", "wan")


class Node(NamedTuple):
    """One container: its address on the management network and the MAC addresses on its segments."""

    name: str
    mgmt: str
    segments: dict[str, str]

    @property
    def mgmt_mac(self) -> str:
        """Its MAC address on the management network, made from the address there."""
        return "02:00:" + ":".join(f"{int(octet):02x}" for octet in self.mgmt.split("."))


NODES = {
    node.name: node
    for node in (
        Node("gateway", "192.0.2.11", {"iot": "02:00:00:00:00:01", "wan": "02:00:00:01:00:01"}),
        Node("probe", "192.0.2.12", {"iot": "02:00:00:00:00:20"}),
        Node("device", "192.0.2.13", {"iot": "02:00:00:00:00:10"}),
        Node("cloud", "192.0.2.14", {"wan": "02:00:00:01:00:10"}),
    )
}
