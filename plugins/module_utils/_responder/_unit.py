# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The files of the egress responder: program, configuration, key, and the unit that keeps it in its cage."""

from __future__ import annotations

import inspect
import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile
from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service

NAME = "fieldnet-iot-responder.service"
PROGRAM = "/usr/local/lib/fieldnet-iot/responder.py"
CONFIG = "/etc/fieldnet-iot/responder.json"
KEY = "/etc/fieldnet-iot/responder.key"
UNIT = f"/etc/systemd/system/{NAME}"

_HEAD = "# Written by fieldnet.iot, changes are lost.\n"
_UNIT_TEXT = """\
[Unit]
Description=Egress responder of the IoT sites (fieldnet.iot)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart={python} -I -B {program} {config}
Restart=on-failure
RestartSec=5
# Opened by systemd, as root. (Credentials would do, too, but not in containers whose /run knows no ACLs.)
StandardInput=file:{key}

# Nobody, with one right: ports below 1024.
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
SecureBits=noroot-locked

# It needs a network and Python.
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077

# Whatever is sent to it.
MemoryMax=64M
MemorySwapMax=0
TasksMax=4
CPUQuota=50%
LimitNOFILE=2048

[Install]
WantedBy=multi-user.target
"""


class Settings(t.NamedTuple):
    """A responder as it shall be."""

    key: str
    ports: t.Sequence[_service.Port]
    addresses: t.Sequence[str]
    per_source: int
    total: int


def files(settings: t.Optional[Settings], python: str) -> t.Dict[str, OwnFile]:
    """Every file by its path; without settings, none shall exist."""
    texts = _texts(settings, python) if settings else {}
    modes = {KEY: 0o600}
    return {path: OwnFile(path, texts.get(path), modes.get(path, 0o644)) for path in (PROGRAM, CONFIG, KEY, UNIT)}


def ports_of(config: t.Optional[str]) -> t.Set[_service.Port]:
    """The ports that a configuration names; none if it can't be read."""
    try:
        return {(str(port["protocol"]), int(port["port"])) for port in json.loads(config or "{}")["ports"]}
    except (ValueError, LookupError, TypeError):
        return set()


def _texts(settings: Settings, python: str) -> t.Dict[str, str]:
    config = {
        "addresses": list(settings.addresses),
        "per_source": settings.per_source,
        "ports": [{"protocol": protocol, "port": port} for protocol, port in settings.ports],
        "total": settings.total,
    }
    unit = _UNIT_TEXT.format(python=python, program=PROGRAM, config=CONFIG, key=KEY)
    return {
        PROGRAM: _HEAD + inspect.getsource(_service),
        CONFIG: json.dumps(config, indent=2, sort_keys=True) + "\n",
        KEY: settings.key + "\n",
        UNIT: _HEAD + unit,
    }
