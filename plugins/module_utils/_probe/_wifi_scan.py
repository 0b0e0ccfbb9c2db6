# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kind ``wifi_scan``: which networks are on the air, at the place where the probe host is.

The scan itself proves that the radio works only where it hears somebody: total silence is a missing antenna as well as
an empty field. What the networks mean is judged elsewhere.
"""

from __future__ import annotations

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun, Result
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._iw import ScanError
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._scan import scan


def run(check: Check, deadline: float) -> Result:
    """Scan on the check's interface."""
    try:
        found = scan(check["interface"], check["ssids"], deadline)
    except ScanError as error:
        raise NotRun(str(error)) from None
    count = len(found.networks)
    if count:
        reason = f"{count} network{'s' if count > 1 else ''} heard on {check['interface']}"
        reason += "" if found.fresh else ", but not by a scan of its own"
    else:
        reason = f"nothing at all was heard on {check['interface']}: no network is near, or the radio has no antenna"
    return {
        "observation": "heard" if count else "nothing_heard",
        "reason": reason,
        "target": check["interface"],
        "addresses": [],
        "networks": found.networks,
        "fresh": found.fresh,
        "notes": found.notes,
    }
