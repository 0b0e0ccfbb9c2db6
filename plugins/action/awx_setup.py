# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.awx_setup; documented in plugins/modules/awx_setup.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._expand import expand
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._run import AwxError, hide, run_steps
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._setup import SECRETS_VAR, Settings, parse_setup
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "src": {"type": "path", "required": True},
    "secrets_var": {"type": "str", "default": SECRETS_VAR},
    "update_secrets": {"type": "bool", "default": False},
}
_COLLECTION = "awx.awx"


class ActionModule(ActionBase):  # type: ignore[misc]
    """Check the file, then let the modules of awx.awx see to each object in turn."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        # Never an argument of the task: callbacks may log those.
        secrets = self._templar.template((task_vars or {}).get(args["secrets_var"]) or {})
        setup, errors = _read(Path(args["src"]).expanduser(), secrets)
        errors += _missing_collection()
        if errors or setup is None:
            count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
            msg = "\n".join([f"{count}; nothing was touched:", *errors])
            return {**result, "failed": True, "msg": msg, "errors": errors}

        def call(step: Step) -> Data:
            name = f"{_COLLECTION}.{step.module}"
            found: Data = self._execute_module(module_name=name, module_args=step.args, task_vars=task_vars)
            return found

        try:
            told = run_steps(expand(setup, secrets, args["update_secrets"]), call, check_mode=self._task.check_mode)
        except AwxError as exc:
            changed = any(one["changed"] for one in exc.done)
            return {**result, "failed": True, "changed": changed, "msg": hide(str(exc), secrets), "objects": exc.done}
        return {**result, "changed": any(one["changed"] for one in told.objects), **told._asdict()}


def _read(path: Path, secrets: object) -> t.Tuple[t.Optional[Settings], t.List[str]]:
    data, problems = _yaml.load(path)
    if problems:
        return None, [f"{path}: {problem}" for problem in problems]
    setup, problems = parse_setup(data, secrets)
    return setup, [str(one) if one.path.startswith(SECRETS_VAR) else f"{path}: {one}" for one in problems]


def _missing_collection() -> t.List[str]:
    context = module_loader.find_plugin_with_context(f"{_COLLECTION}.job_template")
    if context.resolved:
        return []
    remedy = f"ansible-galaxy collection install {_COLLECTION}"
    return [f"the collection {_COLLECTION} is not installed here, and nothing else in fieldnet.iot needs it: {remedy}"]
