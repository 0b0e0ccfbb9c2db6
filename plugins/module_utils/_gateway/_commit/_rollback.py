# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The script that puts a gateway back: POSIX sh, for when there is neither a controller nor Python.

It lies in the journal. The same script serves a failing module, the timer, the next boot and a person at the console:
``sh /var/lib/fieldnet-iot/transaction/rollback``. It may be killed anywhere and run again.
"""

from __future__ import annotations

import shlex

from .._commands import PATH

LOCK_WITHIN = 30  # seconds; a run that holds the lock for longer hangs, and devices wait for the old state
_UNDO_WITHIN = 60  # seconds for each subsystem

# All of it is one function: sh has read it whole before the journal, in which it lies, is renamed.
_SCRIPT = r"""#!/bin/sh
# Written by fieldnet.iot: puts back what the transaction in this folder has changed. Usage: sh rollback
set -u
umask 022
PATH=@PATH@ LC_ALL=C
export PATH LC_ALL
state=@STATE@
units=@UNITS@
journal=$state/transaction

put() { # NUMBER PATH: a file as it was, in one step
    from=$part/files/$1
    if [ ! -L "$2" ] && cmp -s "$from" "$2" && [ "$(stat -c %a.%u.%g "$from")" = "$(stat -c %a.%u.%g "$2")" ]; then
        return
    fi
    new=${2%/*}/.fieldnet-iot-rollback~
    { mkdir -p "${2%/*}" && rm -f "$new" && cp -p "$from" "$new" && sync "$new" && mv -fT "$new" "$2"; } || bad=1
}

link() { # TARGET PATH
    new=${2%/*}/.fieldnet-iot-rollback~
    [ "$(readlink "$2")" = "$1" ] ||
        { mkdir -p "${2%/*}" && rm -f "$new" && ln -s "$1" "$new" && mv -fT "$new" "$2"; } || bad=1
}

drop() { # PATH: there was none
    rm -f "${1%/*}/.fieldnet-iot-rollback~" "$1" || bad=1
}

leave() { # FOLDER: there was none; what others have put there since stays
    rmdir "$1" 2>/dev/null
}

restore() (
    bad=0
    . "$part/restore"
    exit "$bad"
)

undo() {
    # What it starts must not inherit the lock.
    SAVED=$part/saved AT_BOOT=$at_boot RESCUED=${RESCUED:-0} $bounded sh -eu "$part/undo" 9<&- </dev/null
}

say() {
    echo "$1"
    failed=1
}

put_all_back() {
    # Files first, and the last that joined first: they are all that counts after a reboot.
    for name in $(ls -r "$journal/parts"); do
        part=$journal/parts/$name
        restore || say "$name: not every file could be put back"
    done
    for name in $(ls -r "$journal/parts"); do
        part=$journal/parts/$name
        undo || say "$name: its undo failed with code $?"
    done
}

main() {
    how=${1:-now} token=${2:-}
    if [ "${LOCKED:-0}" = 1 ]; then
        exec 9<&0 </dev/null # the caller's, handed over
    else
        exec 9<"$state" </dev/null
        flock -w @LOCK_WITHIN@ 9 || echo "another run holds the lock for too long: going on without it"
    fi
    # Confirmed meanwhile, or the timer was wound up anew, or it has been put back already.
    [ -d "$journal" ] || exit 0
    [ "$how" != timer ] || [ "$(cat "$journal/token")" = "$token" ] || exit 0
    cd / || exit 1
    case $how in
    timer) reason="nobody confirmed it in time" at_boot=0 ;;
    boot) reason="the host went down before it was confirmed" at_boot=1 ;;
    *) reason=${REASON:-"somebody ran its rollback by hand"} at_boot=0 ;;
    esac
    if [ ! -s "$journal/reason" ]; then
        printf '%s\n' "$reason" >"$journal/reason~" && mv -f "$journal/reason~" "$journal/reason"
    fi
    bounded=
    if command -v timeout >/dev/null; then bounded="timeout @UNDO_WITHIN@"; fi
    failed=0
    put_all_back >"$journal/output" 2>&1
    echo "$failed" >"$journal/failed"
    date -u +%Y-%m-%dT%H:%M:%SZ >"$journal/time"
    sync
    cat "$journal/output"
    token=$(cat "$journal/token")
    timer=$(cat "$journal/timer")
    record=$state/rolled-back/$(cat "$journal/id")
    # What can't be recorded stays for the next boot or the next run.
    mkdir -p "$state/rolled-back" && rm -rf "$record" && mv -fT "$journal" "$record" || exit 1
    sync
    rm -f "$units/sysinit.target.wants/@BOOT@" "$units/@BOOT@"
    if [ "$how" = now ] && [ -d /run/systemd/system ]; then
        systemctl stop "fieldnet-iot-rollback-$token.service" 2>/dev/null
    elif [ "$how" != timer ] && [ "$timer" != 0 ] && grep -qs "$token" "/proc/$timer/cmdline"; then
        kill -- "-$timer" # where there is no systemd: its process group
    fi
    # Where something could not be put back, the saved files stay for whoever repairs it.
    [ "$failed" = 1 ] || rm -rf "$record/parts" "$record/rollback"
    exit "$failed"
}

main "$@"
"""
BOOT_UNIT = "fieldnet-iot-recovery.service"


def script(state: str, units: str) -> str:
    """The script for a folder of state and systemd's folder of units."""
    values = {
        "PATH": PATH,
        "STATE": shlex.quote(state),
        "UNITS": shlex.quote(units),
        "LOCK_WITHIN": str(LOCK_WITHIN),
        "UNDO_WITHIN": str(_UNDO_WITHIN),
        "BOOT": BOOT_UNIT,
    }
    text = _SCRIPT
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
