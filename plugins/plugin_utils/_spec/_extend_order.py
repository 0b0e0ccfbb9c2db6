# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which spec that extends another is merged when: behind what it extends, whatever the files are called.

An extension with the base's own name stands in its place, so whatever else extends that vendor extends the changed one.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import no_spec


class Extension(t.NamedTuple):
    """A file whose data has passed the checks of _extend.py."""

    path: Path
    data: t.Mapping[str, t.Any]

    @property
    def vendor(self) -> str:
        """Whose spec comes out."""
        return str(self.data["vendor"])

    @property
    def base(self) -> str:
        """Whose spec goes in."""
        return str(self.data["extends"])

    @property
    def instead(self) -> bool:
        """Whether it stands in its base's place."""
        return self.vendor == self.base


def in_order(
    found: t.Sequence[Extension], whole: t.Collection[str], broken: t.Collection[str]
) -> t.Tuple[t.List[Extension], t.List[str]]:
    """The extensions that can be merged one after another, and what is wrong with the others.

    ``whole`` are the vendors whose specs extend nothing; of those that are ``broken`` the errors were told already.
    """
    known = {*whole, *broken, *(one.vendor for one in found if not one.instead)}
    errors = [
        f"{one.path}: extends: {no_spec(one.base, known - ({one.vendor} - set(whole)))}"
        for one in found
        if one.base not in known
    ]
    waiting, twice = _each_once([one for one in found if one.base in known], whole)
    done = set(whole)
    ordered: t.List[Extension] = []
    while True:
        replaced = {one.base for one in waiting if one.instead}
        ready = [one for one in waiting if one.base in done and (one.instead or one.base not in replaced)]
        if not ready:
            return ordered, [*errors, *twice, *_circles(waiting)]
        ordered += ready
        done |= {one.vendor for one in ready}
        waiting = [one for one in waiting if one not in ready]


def _each_once(found: t.Sequence[Extension], whole: t.Collection[str]) -> t.Tuple[t.List[Extension], t.List[str]]:
    """A vendor has one spec, and it is changed in one file."""
    first: t.Dict[t.Tuple[str, bool], Path] = {}
    kept, errors = [], []
    for one in found:
        key = (one.vendor, one.instead)
        if key in first and one.instead:
            errors.append(
                f"{one.path}: extends: {one.base} is changed by {first[key]} already; make one file of the two"
            )
        elif key in first or (one.vendor in whole and not one.instead):
            errors.append(f"{one.path}: vendor: {one.vendor} has a spec already; a vendor has one spec")
        else:
            first[key] = one.path
            kept.append(one)
    return kept, errors


def _circles(waiting: t.Sequence[Extension]) -> t.Iterator[str]:
    """Which of those that nothing could be made of wait for themselves; the others wait for what was told already."""
    bases = {one.vendor: one.base for one in waiting if not one.instead}
    for one in waiting:
        circle = [one.vendor]
        while circle[-1] in bases and circle[-1] not in circle[:-1]:
            circle.append(bases[circle[-1]])
        if len(circle) > 1 and circle[0] == circle[-1]:
            yield f"{one.path}: extends: {' extends '.join(circle)}; one of them must be a whole spec"
