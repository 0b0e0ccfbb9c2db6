# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A scan: what is on the air around this host, as far as its radio hears it."""

from __future__ import annotations

import time
import typing as t
from time import monotonic

from . import _explain, _iw
from ._iw import Output, ScanError
from ._scan_text import Network, in_order, parse

TIMEOUT = 20.0  # seconds; a card that listens 100 ms on each of 40 channels, and is asked to do other work beside it

_FOR_DUMP = 2.0  # seconds kept back, to read what the kernel has heard so far
_AGAIN = 1.0  # seconds after which a busy radio is asked again; others' scans last longer
_MOST_NETWORKS = 500


class Scan(t.NamedTuple):
    """What was heard. Not fresh: no scan of ours ended, so it is what the kernel remembered (half a minute at most)."""

    networks: t.List[Network]
    fresh: bool
    notes: t.List[str]


def scan(interface: str, hidden: t.Sequence[str], deadline: float) -> Scan:
    """Scan until the deadline, asking for hidden networks by name; raises ScanError with the remedy."""
    names = list(dict.fromkeys(hidden))
    notes: t.List[str] = []
    until = max(deadline - _FOR_DUMP, monotonic() + 0.1)
    while True:
        # Whatever follows the word ssid is a name to iw, even "passive"; the empty one asks everybody.
        asked = ["ssid", "", *names] if names else []
        output = _iw.run(["dev", interface, "scan", *asked], until)
        number = None if output.code == 0 else _explain.number_of(output.words)
        if output.code == 0 and not _aborted(output):
            return _heard(output, notes, fresh=True)
        if number == _explain.EINVAL and names:
            notes.append(f"{interface} can't ask for {len(names)} names in one scan: hidden networks may be missing")
            names = []
        elif (number == _explain.EBUSY or _aborted(output)) and monotonic() + _AGAIN < until:
            time.sleep(_AGAIN)
        else:
            return _remembered(interface, output, notes, deadline)


def _aborted(output: Output) -> bool:
    return output.text.strip().startswith("scan aborted")


def _remembered(interface: str, output: Output, notes: t.List[str], deadline: float) -> Scan:
    """Where no scan ended, what the kernel has heard of late; where that is nothing, why no scan ended."""
    number = _explain.number_of(output.words)
    busy = not output.ended or _aborted(output) or number in (_explain.EBUSY, _explain.EOPNOTSUPP)
    if not output.ended:
        why = f"the scan on {interface} did not end in time: give it more (timeout), or look at the driver's messages"
    elif _aborted(output):
        why = f"the scan on {interface} was aborted by something else on this host: try again later"
    else:
        why = _explain.explain(interface, output.words)
    dump = _iw.run(["dev", interface, "scan", "dump"], deadline) if busy else output
    if dump.code != 0 or not parse(dump.text):
        raise ScanError(why)
    return _heard(dump, [*notes, f"{why}. These are the networks that the kernel had heard of late"], fresh=False)


def _heard(output: Output, notes: t.List[str], fresh: bool) -> Scan:
    networks = parse(output.text)
    if not networks and output.text.strip():
        raise ScanError("iw printed what is no scan: look whether the program iw on this host is what it should be")
    if len(networks) > _MOST_NETWORKS:
        notes = [*notes, f"{len(networks)} networks were heard; these are the {_MOST_NETWORKS} strongest"]
        strongest = sorted(networks, key=lambda one: -(one["signal_dbm"] if one["signal_dbm"] is not None else -999))
        networks = sorted(strongest[:_MOST_NETWORKS], key=in_order)
    return Scan(networks, fresh, notes)
