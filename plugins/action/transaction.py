# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.transaction; documented in plugins/modules/transaction.py."""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

_GRACE = 30.0  # seconds; a rollback that restarts daemons takes its time
_PAUSE = 1.0


class ActionModule(ActionBase):  # type: ignore[misc]
    """The module on the host; a confirmation goes over a connection that is made for it."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[t.Dict[str, t.Any]] = None) -> t.Dict[str, t.Any]:
        result: t.Dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if arguments.get("state") == "confirmed":
            result.update(self._confirm(arguments, task_vars))
        else:
            result.update(self._module(arguments, task_vars))
        return result

    def _confirm(self, arguments: t.Dict[str, t.Any], task_vars: t.Any) -> t.Dict[str, t.Any]:
        """Ask over new connections until one can be made; by then the host may have put everything back."""
        deadline = time.monotonic() + _seconds(arguments.get("timeout")) + _GRACE
        unreachable = ""
        while True:
            self._reset()
            try:
                answer = self._module(arguments, task_vars)
            except AnsibleConnectionFailure as exc:
                unreachable = unreachable or str(exc.message)
                if time.monotonic() > deadline:
                    raise AnsibleConnectionFailure(
                        f"no new connection could be made after the change, nor after its timer: {unreachable}"
                    ) from exc
                time.sleep(_PAUSE)
            else:
                return _explained(answer, unreachable)

    def _reset(self) -> None:
        """As meta: reset_connection does; a connection that is none, or is broken already, has nothing to reset."""
        if self._connection.transport != "local":
            with contextlib.suppress(AnsibleError):
                self._connection.reset()

    def _module(self, arguments: t.Dict[str, t.Any], task_vars: t.Any) -> t.Dict[str, t.Any]:
        answer: t.Dict[str, t.Any] = self._execute_module(
            module_name="fieldnet.iot.transaction", module_args=arguments, task_vars=task_vars
        )
        return answer


def _seconds(value: t.Any) -> float:
    """The module refuses what is none."""
    try:
        return float(value or 120)
    except (TypeError, ValueError):
        return 0.0


def _explained(answer: t.Dict[str, t.Any], unreachable: str) -> t.Dict[str, t.Any]:
    """A refusal by a host that could not be reached for a while."""
    if unreachable and answer.get("failed"):
        why = f"no new connection could be made after the change ({unreachable.strip()})"
        return {**answer, "msg": f"{why}; {answer.get('msg', '')}"}
    return answer
