# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where progress goes: a line that is drawn again and again on a terminal, else a line now and then. Pure but for
what it is given to write with."""

from __future__ import annotations

import typing as t

_REDRAW = 0.2


class Screen:
    """One line of a terminal, or plain lines; the caller says what time it is."""

    def __init__(
        self,
        line: t.Callable[[str, bool], None],
        draw: t.Optional[t.Callable[[str], None]],
        width: t.Callable[[], int],
        interval: float,
    ) -> None:
        self._line, self._draw, self._width = line, draw, width
        self._interval = _REDRAW if draw else interval
        self._last: t.Optional[float] = None
        self._drawn = False

    def update(self, status: t.Callable[[int], str], now: float) -> None:
        """Show how far it is, if it is time for that; what is shown is made only then."""
        if self._last is not None and now - self._last < self._interval:
            return
        first, self._last = self._last is None, now
        if self._draw:
            # The last column stays free: some terminals go on to the next line as soon as it is taken. The cursor goes
            # back to the start, so that what others write does not begin behind the status.
            self._draw(f"\r{status(max(1, self._width() - 1))}\x1b[K\r")
            self._drawn = True
        elif not first:
            self._line(status(0), False)

    def clear(self) -> None:
        if self._drawn and self._draw:
            self._draw("\r\x1b[K")
            self._drawn = False

    def say(self, text: str, bad: bool = False) -> None:
        """A line that stays; on a terminal the status comes back below it."""
        if self._drawn:
            self.clear()
            self._last = None
        self._line(text, bad)
