# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The one place where a gateway's answer becomes a module's."""

from __future__ import annotations

import contextlib
import typing as t

from .._commands import require_root
from .._errors import GatewayError, InvalidPolicy, MissingPackages
from .._membership import parse_membership
from ._transaction import Change, Steps, converge

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run_module(module: AnsibleModule, build: t.Callable[[], Steps]) -> None:
    """Build the steps, go through them, end the module."""
    with answered(module):
        require_root()
        _succeed(module, converge(build, module.check_mode, parse_membership(module.params)))


@contextlib.contextmanager
def answered(module: AnsibleModule) -> t.Iterator[None]:
    """Whatever fails in it becomes the module's answer."""
    try:
        yield
    except InvalidPolicy as error:
        module.fail_json(msg=str(error), problems=error.problems)
    except MissingPackages as error:
        module.fail_json(msg=str(error), missing_packages=error.packages)
    except GatewayError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        module.fail_json(msg=f"{place}{error.strerror or error}")


def _succeed(module: AnsibleModule, change: Change) -> None:
    for warning in change.warnings:
        module.warn(warning)
    result: dict[str, t.Any] = {
        "changed": bool(change.differences),
        "differences": list(change.differences),
        "drift": list(change.drift),
    }
    if change.obstacles:
        result["obstacles"] = list(change.obstacles)
    if module._diff:
        result["diff"] = list(change.diff)
    module.exit_json(**result)
