# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the action plugins over files of the controller have in common: they connect to nothing."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._own_files import write_own

Data = t.Dict[str, t.Any]
_SHOWN = 50  # errors that the message tells; the result has all


class RefusedError(Exception):
    """What was given can't be used; ``errors`` holds each problem. ``found`` is part of the result all the same."""

    def __init__(self, errors: t.Sequence[str], **found: t.Any) -> None:
        self.errors = list(errors)
        self.found = found
        rest = [f"... and {len(errors) - _SHOWN} more: see errors"] if len(errors) > _SHOWN else []
        super().__init__("\n".join([*self.errors[:_SHOWN], *rest]))


class ControllerAction(ActionBase):  # type: ignore[misc]
    """An action over files: give its argument spec as ``ARGUMENTS``, and ``answer``."""

    ARGUMENTS: t.ClassVar[Data] = {}
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True
    _supports_async = False

    def answer(self, args: Data) -> Data:
        """What the task's result is to hold; RefusedError makes the task fail with every error."""
        raise NotImplementedError

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
        try:
            return {**result, "changed": False, **self.answer(args)}
        except RefusedError as exc:
            return {**result, **exc.found, "failed": True, "msg": str(exc), "errors": exc.errors}

    def write_own(
        self, texts: t.Mapping[Path, str], is_own: t.Callable[[Path, str], bool], foreign: str = "was not made here"
    ) -> Data:
        """Part of the result: files, written only over what such a task wrote before."""
        return write_own(texts, is_own, bool(self._task.check_mode), foreign)
