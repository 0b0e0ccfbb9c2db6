# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What of a site's plan one probe host is to do, as the modules take it: which host does it is settled."""

from __future__ import annotations

import typing as t

Data = t.Dict[str, t.Any]


def checks_for(plan: t.Mapping[str, t.Any], host: object, left_out: t.Collection[str] = ()) -> t.List[Data]:
    """The checks that it makes, but for some kinds."""
    return [check for check in _own(plan["checks"], host) if check["kind"] not in left_out]


def ports_for(plan: t.Mapping[str, t.Any], host: object) -> t.List[Data]:
    """Where it listens for its peer's checks."""
    return [port for one in _own(plan["listeners"], host) for port in one["ports"]]


def _own(found: t.Sequence[t.Mapping[str, t.Any]], host: object) -> t.List[Data]:
    return [{key: one[key] for key in one if key != "probe"} for one in found if one["probe"] == host]
