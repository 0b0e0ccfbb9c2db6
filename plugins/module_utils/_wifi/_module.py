# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The module wifi_scan_info."""

from __future__ import annotations

import math
from time import monotonic

from ansible.module_utils.basic import AnsibleModule

from .. import _values
from .._probe._options import ssids
from ._iw import ScanError
from ._scan import scan


def run_module(module: AnsibleModule) -> None:
    """Scan, end the module."""
    options = module.params
    errors = []
    for name, check in (("interface", _values.interface), ("ssids", ssids)):
        try:
            options[name] = check(options[name])
        except ValueError as error:
            errors.append(f"{name}: {error}")
    if not 3 <= (options["timeout"] if math.isfinite(options["timeout"]) else 0) <= 300:
        errors.append("timeout: is not a number of seconds (3 to 300)")
    if errors:
        module.fail_json(msg="; ".join(errors), errors=errors)
    try:
        found = scan(options["interface"], options["ssids"], monotonic() + options["timeout"])
    except ScanError as error:
        module.fail_json(msg=str(error))
        return
    for note in found.notes:
        module.warn(note)
    module.exit_json(changed=False, networks=found.networks, fresh=found.fresh, notes=found.notes)
