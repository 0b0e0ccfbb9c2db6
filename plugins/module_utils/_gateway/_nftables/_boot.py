# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How our table comes back after a reboot, and after ``nftables.service`` flushed the whole rule set."""

from __future__ import annotations

import os

from .. import _systemd
from .._commit._record import Record
from .._commit._transaction import Change
from .._drift import file_drift, unit_drift
from .._errors import GatewayError
from .._files import OwnFile, OwnFiles, diff, state_diff
from .._firewall import DEFAULT_TABLE

# dnsmasq puts no address into a set that it still has in its cache: it must forget them where sets are empty.
HANG_UP = "systemctl --no-block kill --kill-who=main -s HUP dnsmasq.service 2>/dev/null || true"
_WANTED_BY = ("sysinit.target", "nftables.service")
_UNIT = """\
# Written by fieldnet.iot, changes are lost.
[Unit]
Description=Firewall policy of the IoT interfaces ({table})
# nftables.service may flush the whole rule set when it starts, stops or reloads, so this follows it in all of them.
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
DefaultDependencies=no

[Service]
Type=oneshot
RemainAfterExit=yes
StandardInput=null
ProtectSystem=full
ProtectHome=true
# A table that is there stays: it holds the addresses that devices may reach.
ExecStart=/bin/sh -c '{nft} list chain inet {table} iot_forward >/dev/null 2>&1 || {{ {load}; }}'
ExecReload=/bin/sh -c '{nft} list chain inet {table} iot_forward >/dev/null 2>&1 || {{ {load}; }}'
ExecStop=-{nft} delete table inet {table}

[Install]
# The latter so that it comes back not only with a restart, but also when nftables.service is stopped and then started.
WantedBy=sysinit.target nftables.service
"""

# Starting firewalld stops nftables.service, for they exclude each other, and that takes ours along.
_FIREWALLD = "/etc/systemd/system/firewalld.service.d"
_UPHOLDS = "# Written by fieldnet.iot, changes are lost.\n[Unit]\nUpholds={unit}\n"


class Boot:
    """The file with our rules and the unit that loads it."""

    def __init__(self, table: str, rules: str | None, nft: str, by_domain: bool) -> None:
        suffix = "" if table == DEFAULT_TABLE else f"-{table}"
        self.unit = f"fieldnet-iot-firewall{suffix}.service"
        self._wanted = rules is not None
        self._rules = OwnFile(f"/etc/fieldnet-iot/firewall{suffix}.nft", rules, 0o600)
        load = f"{nft} -f {self._rules.path}" + (f" && {{ {HANG_UP}; }}" if by_domain else "")
        unit = _UNIT.format(table=table, nft=nft, load=load) if self._wanted else None
        self._unit_file = OwnFile(f"/etc/systemd/system/{self.unit}", unit)
        upholds = _UPHOLDS.format(unit=self.unit) if self._wanted else None
        self._upholds = OwnFile(f"{_FIREWALLD}/{self.unit[: -len('.service')]}.conf", upholds)
        self._files = OwnFiles([self._rules, self._unit_file, self._upholds])

    def compare(self) -> Change:
        """What is not yet as it shall be."""
        if not _systemd.running():
            raise GatewayError(
                f"systemd does not run this host: set persist to false, and load {self._rules.path} at boot yourself"
            )
        stale = self._files.stale()
        faults = self._unit_faults()
        differences = [*(file.path for file in stale), *(f"{self.unit} is {fault}" for fault in faults)]
        diffs = [diff(file) for file in stale]
        if faults:
            diffs.append(state_diff(self.unit, ", ".join(faults), "enabled, active"))
        return Change(differences, diffs, drift=[*file_drift(stale), *unit_drift(self.unit, faults)])

    def record(self) -> Record:
        """What makes it survive a reboot, or forgets it, and what undoes that."""
        was = _systemd.show(self.unit)[0]
        links = [f"/etc/systemd/system/{target}.wants/{self.unit}" for target in _WANTED_BY]
        reload = ["systemctl", "daemon-reload"]
        if self._wanted:
            files, keep = list(self._files.wanted), links
            commit = [reload, ["systemctl", "enable", "--now", self.unit]]
        else:
            files, keep = [*self._files.wanted, *(OwnFile(link, None) for link in links)], []
            commit = self._forget(reload) if was.exists else []
        return Record(boot_files=files, keep=keep, undo=_undo(was), commit=commit)

    def _forget(self, reload: list[str]) -> list[list[str]]:
        """Nothing upholds it any more, so that it can be stopped; what is stopped and has no file is forgotten."""
        folder = [["rmdir", "--ignore-fail-on-non-empty", _FIREWALLD]] if os.path.isdir(_FIREWALLD) else []
        stop = f"systemctl stop {self.unit} 2>/dev/null || true"
        return [*folder, reload, ["/bin/sh", "-c", stop], reload]

    def _unit_faults(self) -> list[str]:
        if not self._wanted:
            return []
        state = _systemd.show(self.unit)[0]
        faults = {
            "not enabled": not state.enabled,
            "not active": not state.active,
            "known to systemd as it was": state.stale,
        }
        return [fault for fault, there in faults.items() if there]


def _undo(was: _systemd.UnitState) -> str:
    """Lines of sh: systemd sees the old files, and the unit is as it was. No boot may wait for a job of its own."""
    verb = "start" if was.active else "stop"
    return f"""\
block=
if [ "$AT_BOOT" = 1 ]; then block=--no-block; fi
systemctl $block {verb} {was.name} || true
systemctl daemon-reload
systemctl $block {verb} {was.name} || true
"""
