# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How fast one target may be asked over UDP.

A host limits the ICMP errors it sends to each peer: Linux sends 6 at once, then 1 a second (icmp_ratelimit 1000 ms;
ICMPv6 alike). Twenty closed ports asked at once give 6 `port-unreachable` and 14 silences that are none. So a target
gets 6 datagrams at once, then 1 a second.

Only an ICMP error uses up the target's allowance. A datagram that was answered did not, and gives its token back. One
that met silence gives it back as well, unless the target has sent such errors in this run: then silence may mean that
its allowance is used up.

A port that has answered sends no ICMP errors, so it has an allowance of its own: 64 datagrams under way, which is what
a small resolver bears.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Dict, Tuple

BURST = 6.0
PER_SECOND = 1.0
LONGEST_WAIT = 300.0  # seconds
SILENCE = 1.0  # seconds after which an ICMP error no longer counts as on its way
UNDER_WAY = 64.0  # at a port that answers

_lock = threading.Lock()


class _Bucket:
    def __init__(self, most: float, now: float) -> None:
        self.most = most
        self.tokens = most
        self.filled = now
        self.sends_errors = False
        self.changed = threading.Condition(_lock)

    def fill(self, now: float) -> None:
        self.tokens = min(self.most, self.tokens + (now - self.filled) * PER_SECOND)
        self.filled = now


_buckets: Dict[Tuple[str, int], _Bucket] = {}
_WHOLE = 0  # no port: all of a target's that have not answered yet


class Token:
    """The right to send one datagram to a port of an address."""

    def __init__(self, bucket: _Bucket, target: Tuple[str, int]) -> None:
        self._bucket = bucket
        self._target = target
        self._spent = False

    def give_back(self) -> None:
        """The datagram made the target send no ICMP error: the next may go."""
        with _lock:
            self._return()

    def answered(self) -> None:
        """The port answered: who waits for it need not share with the target's other ports any more."""
        with _lock:
            if self._target not in _buckets:
                _buckets[self._target] = _Bucket(UNDER_WAY, monotonic())
                self._bucket.changed.notify_all()
            self._return()

    def silent(self) -> None:
        """The datagram met silence for a while."""
        if not self._bucket.sends_errors:
            self.give_back()

    def refused(self) -> None:
        """The target sent an ICMP error."""
        self._spent = True
        self._bucket.sends_errors = True

    def _return(self) -> None:
        if not self._spent:
            self._spent = True
            self._bucket.tokens += 1.0
            self._bucket.changed.notify()


def acquire(address: str, port: int, until: float) -> Token | None:
    """Wait until a datagram may go to a port of an address; None when that is not before ``until``."""
    with _lock:
        while True:
            now = monotonic()
            bucket = _buckets.get((address, port)) or _buckets.setdefault((address, _WHOLE), _Bucket(BURST, now))
            bucket.fill(now)
            if bucket.tokens >= 1.0:
                bucket.tokens -= 1.0
                return Token(bucket, (address, port))
            if now >= until:
                return None
            bucket.changed.wait(min(until - now, (1.0 - bucket.tokens) / PER_SECOND))


def forget() -> None:
    """A new run."""
    with _lock:
        _buckets.clear()
