# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Several steps of one module, applied in their order, undone by one script in the opposite order."""

from __future__ import annotations

import typing as t

from ._record import Record
from ._transaction import Change, Steps


class Together(Steps):
    """Steps that stand or fall with each other; named after the last."""

    def __init__(self, *members: Steps) -> None:
        self._members = members
        self.name = members[-1].name

    def stage(self) -> Change:
        """All differences."""
        return merged([member.stage() for member in self._members])

    def validate(self) -> None:
        """All checkers."""
        for member in self._members:
            member.validate()

    def record(self) -> Record:
        """All that is to be undone; the names of saved files must differ."""
        records = [member.record() for member in self._members]
        return Record(
            runtime_files=[file for record in records for file in record.runtime_files],
            boot_files=[file for record in records for file in record.boot_files],
            keep=[path for record in records for path in record.keep],
            saved={name: text for record in records for name, text in record.saved.items()},
            undo="\n".join(record.undo for record in reversed(records) if record.undo),
            commit=[argv for record in records for argv in record.commit],
            check="\n".join(record.check for record in records if record.check),
        )

    def apply(self) -> None:
        """In their order."""
        for member in self._members:
            member.apply()

    def verify(self) -> None:
        """Each of them."""
        for member in self._members:
            member.verify()

    def rescue(self) -> None:
        """In the opposite order."""
        for member in reversed(self._members):
            member.rescue()


def merged(changes: t.Sequence[Change]) -> Change:
    """Several changes as one."""
    return Change(
        [difference for change in changes for difference in change.differences],
        [diff for change in changes for diff in change.diff],
        [warning for change in changes for warning in change.warnings],
        [entry for change in changes for entry in change.drift],
        [entry for change in changes for entry in change.obstacles],
    )
