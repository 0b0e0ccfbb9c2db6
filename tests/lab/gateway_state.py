# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the lab's gateway: all that a module may change, and all that it must not."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import stat
import subprocess
from pathlib import Path
from typing import Any

from .gateway_shims import STATE

Snapshot = dict[str, Any]


def shell(command: str) -> str:
    """What a command prints; it must succeed."""
    return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True, timeout=60).stdout


def snapshot() -> Snapshot:
    """All that a module may change, and all that it must not."""
    rules = json.loads(shell("nft -j -s list ruleset"))["nftables"]
    folders = ("/etc/dnsmasq.d", "/etc/kea", "/etc/fieldnet-iot", "/etc/systemd/system")
    paths = [Path("/etc/nftables.conf"), *(path for folder in folders for path in sorted(Path(folder).rglob("*")))]
    units = "dnsmasq kea-dhcp4-server fieldnet-iot-firewall nftables"
    return {
        "rules": sorted(json.dumps(_plain(entry), sort_keys=True) for entry in rules if "metainfo" not in entry),
        # But for folders of systemd's, which it makes and leaves empty.
        "files": {str(path): _file(path) for path in paths if path.suffix != ".wants"},
        "units": shell(f"systemctl show -p Id,ActiveState,UnitFileState {units}").split("\n\n"),
        "failed": shell("systemctl list-units --failed --plain --no-legend"),
        "kea": _kea_reservations(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "handle"}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _file(path: Path) -> list[str]:
    status = path.lstat()
    content = ""
    if stat.S_ISLNK(status.st_mode):
        content = str(path.readlink())
    elif stat.S_ISREG(status.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return [oct(status.st_mode), f"{status.st_uid}.{status.st_gid}", content]


def _kea_reservations() -> Any:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/run/kea/kea4-ctrl-socket")
        connection.sendall(b'{"command": "config-get"}')
        answer = json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))
        return answer["arguments"]["Dhcp4"]["subnet4"][0]["reservations"]
    return None


def traces() -> list[str]:
    """What a transaction leaves while it is open, and no longer."""
    # But for one that was killed before it had a timer: nothing was touched, and the next run removes its rest.
    found = [str(path) for path in (STATE / "transaction", STATE / ".ended~") if path.exists()]
    found += [str(path) for path in Path("/etc/systemd/system").rglob("fieldnet-iot-recovery*")]
    found += shell("systemctl list-units --plain --no-legend 'fieldnet-iot-ro*' 'fieldnet-iot-rec*'").splitlines()
    return found


def difference(wanted: Snapshot, now: Snapshot) -> str:
    """What is not as it shall be; empty: nothing."""
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        if now[key] == value:
            continue
        if isinstance(value, dict):
            names = [name for name in {**value, **now[key]} if value.get(name) != now[key].get(name)]
            found[key] = {name: (value.get(name), now[key].get(name)) for name in names}
        elif isinstance(value, list):
            found[key] = {"gone": [one for one in value if one not in now[key]]}
            found[key]["new"] = [one for one in now[key] if one not in value]
        else:
            found[key] = {"was": value, "is": now[key]}
    return json.dumps(found)[:3000] if found else ""
