# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kind ``udp``: a datagram with the caller's bytes; only an answer proves anything."""

from __future__ import annotations

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import (
    each_address,
    resolve,
    summarise,
    udp_exchange,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry, Result


def run(check: Check, deadline: float) -> Result:
    """Ask every address of the host."""
    payload, expected = bytes.fromhex(check["payload_hex"]), bytes.fromhex(check["expect_hex"])

    def ask(address: str) -> Entry:
        reply, seen = udp_exchange(
            address, check["port"], payload, check, deadline, lambda data: data.startswith(expected)
        )
        return {**seen, "reply_hex": None if reply is None else reply[:64].hex()}

    entries = each_address(resolve(check["host"], check, deadline), ask)
    observation, reason = summarise(entries)
    return {
        "observation": observation,
        "reason": reason,
        "target": target_of(check["host"], check["port"]),
        "addresses": entries,
    }
