# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a document's commands are typed: an empty folder, one with what it takes for granted, or a checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._history import remember
from support.assessments import assessed, documented
from support.doc_runs import Sandbox
from support.documents import EXAMPLES, ROOT
from support.mud import DNS, GATEWAY, NTP, document, matches
from support.sites import berlin, write

COLLECTIONS = ROOT / "build/src"


def sandbox(document: Path, folder: Path) -> Sandbox:
    """A place for the commands of a document."""
    name = str(document.relative_to(ROOT))
    if document in EXAMPLES:
        return _checkout(folder)
    place = Sandbox(folder, {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)})
    if name in PREPARED:
        PREPARED[name](place)
    return place


def _checkout(folder: Path) -> Sandbox:
    """A copy of this checkout, to be changed: what git knows of it, with the link that `make` lays."""
    top = folder / "ansible_collections/fieldnet/iot"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in sorted(set(filter(None, listed.split("\0")))):
        if (ROOT / name).is_file():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, top / name)
    link = top / "build/src/ansible_collections/fieldnet/iot"
    link.parent.mkdir(parents=True)
    link.symlink_to(top)
    return Sandbox(top, {"ANSIBLE_COLLECTIONS_PATH": str(top / "build/src")})


def _sites(place: Sandbox) -> None:
    (place.folder / "sites").mkdir()
    write(place.folder / "sites", "berlin.yml", berlin())


def _table(place: Sandbox) -> None:
    place.write("devices.csv", "Hostname;Modell;MAC-Adresse;IP\nTür 1;controller_pro;0200.0000.0010;10.40.0.10\n")


def _assessments(place: Sandbox) -> None:
    found = assessed()
    remember(place.folder / "history", found, datetime(2026, 11, 21, 2, tzinfo=timezone.utc), 30)
    for name in ("slice-1.json", "slice-2.json"):
        place.write(name, json.dumps(documented(found)))


def _mud(place: Sandbox) -> None:
    """A lamp's file, in the words of a draft, with two entries that no spec can have."""
    lamp = document(
        matches("cloud.lamps.example"),
        matches("", "udp", 53, DNS),
        matches("", "udp", 123, NTP),
        matches("", "udp", 67, GATEWAY),
        {"ipv4": {"protocol": 1}},
        matches("", "udp", 5353, network="224.0.0.251/32"),
    )
    lamp["ietf-access-control-list:access-lists"] = lamp.pop(ACLS)
    place.write("mud/lamp.json", json.dumps(lamp))


PREPARED: dict[str, t.Callable[[Sandbox], None]] = {
    "docs/devices.md": _table,
    "docs/fleet.md": _sites,
    "docs/mud.md": _mud,
    "docs/reports.md": _assessments,
}
