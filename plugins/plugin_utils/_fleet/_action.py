# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the action plugins over sites have in common: they read the files on the controller and connect to nothing."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import inventory_loader
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import Fleet, FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._refused import Refused
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import as_json, save
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._shape import PLUGIN

Data = t.Dict[str, t.Any]
_FLEET: Data = {
    "path": {"type": "list", "elements": "str", "required": True},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
}


class _MisspeltError(FleetError):
    def __init__(self, errors: t.Sequence[str]) -> None:
        super().__init__(errors)
        self.args = ("\n".join(["misspelt variables; nothing was touched:", *errors]),)


class FleetAction(ActionBase):  # type: ignore[misc]
    """An action over the sites under ``path``: give its own arguments as ``OPTIONS``, and ``answer``."""

    OPTIONS: t.ClassVar[Data] = {}
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def answer(self, args: Data, task_vars: Data) -> Data:
        """What the task's result is to hold; FleetError makes the task fail with every error."""
        raise NotImplementedError

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec={**_FLEET, **self.OPTIONS})
        self._warnings: t.List[str] = []
        self._invalid = _invalid_sites(task_vars or {})
        try:
            found = self.answer(args, task_vars or {})
        except FleetError as exc:
            return {**result, "failed": True, "msg": str(exc), "errors": exc.errors}
        warnings = [*result.get("warnings", []), *self._warnings, *found.pop("warnings", [])]
        return {**result, "changed": False, **found, **({"warnings": warnings} if warnings else {})}

    def fleet(
        self, args: Data, wanted: t.Callable[[Site], bool] = lambda _site: True, keep_going: bool = False
    ) -> Fleet:
        """The sites and specs that the task names: all are read and checked, and the wanted ones are kept.

        With ``keep_going`` sites that are wrong are ``refused``, unless the user wants all or nothing.
        """
        invalid = "fail" if self._invalid == "keep" and not keep_going else self._invalid
        fleet = load_fleet(to_paths(args["path"]), to_paths(args["vendor_path"]), wanted, invalid)
        self._warnings = fleet.warnings
        return fleet

    def refuse_misspelt(self) -> None:
        """For a run's first task: a variable of the command line, or of a survey, that is nearly one of ours."""
        # Late: it brings along what the choices of variables come from, which the tasks of each host don't need.
        from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import misspelt

        wrong = misspelt(load_extra_vars(self._loader))
        if wrong:
            raise _MisspeltError(wrong)


def _invalid_sites(task_vars: Data) -> str:
    """The inventory's own option: what is left out there is left out here."""
    inventory = inventory_loader.get(PLUGIN)
    inventory.set_options(direct={"plugin": PLUGIN}, var_options=task_vars)
    return str(inventory.get_option("invalid_sites"))


def refused(errors: t.Sequence[str]) -> Data:
    """The result of a task whose own arguments are wrong."""
    return {"failed": True, "msg": "\n".join(errors), "errors": list(errors)}


def hosts_of(task_vars: Data) -> t.Set[str]:
    """The hosts of this run: all, or what --limit or a slice of a job leaves."""
    return set(task_vars.get("ansible_play_hosts_all") or [])


def registered(host: str, variable: str, task_vars: Data) -> Data:
    """What a task registered on a host; nothing where it did not run there."""
    hostvars: t.Any = task_vars.get("hostvars") or {}
    if host not in hostvars:
        return {}
    # As it was registered: what hosts said is no template, and to look for some in all of it took half of a run's time.
    raw = getattr(hostvars, "raw_get", hostvars.get)(host).get(variable)
    seen = hostvars[host].get(variable) if isinstance(raw, str) else raw
    return seen if isinstance(seen, dict) else {}


def refused_here(fleet: Fleet, task_vars: Data) -> t.List[Refused]:
    """The sites of this run that were refused. Of a file without hosts nobody knows whose it is: not of --limit's."""
    hosts, limited = hosts_of(task_vars), bool(task_vars.get("ansible_limit"))
    return [one for one in fleet.refused if (one.hosts or not limited) and one.concerns(hosts)]


def held_against(result: Data, refused: t.Sequence[Refused]) -> Data:
    """The result of a task that has done its work, and fails for the sites that it could not do it for."""
    if not refused:
        return result
    said = [result["msg"]] if "msg" in result else []
    return {**result, "failed": True, "msg": "\n".join([*said, *refusal(refused)])}


def refusal(refused: t.Sequence[Refused]) -> t.List[str]:
    """What a run fails for, where it fails for them."""
    return [f"refused for wrong data (see above): {', '.join(one.name for one in refused)}"] if refused else []


def show(text: str) -> None:
    """Print what people are to read."""
    Display().display(text)


def reported(found: Data, text: str, dest: t.Optional[str], bad: t.Sequence[str]) -> Data:
    """Show a report, write it where the user asked for it, and fail for what the user asked it to fail for."""
    show(text)
    result = save(Path(dest).expanduser(), as_json(found)) if dest else {}
    if bad and not result.get("failed"):
        result.update(failed=True, msg="; ".join(bad))
    return result
