# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One object of AWX."""

from __future__ import annotations

import typing as t

Data = t.Dict[str, t.Any]


class Step(t.NamedTuple):
    """What AWX is to have: the module of awx.awx that sees to it, and with what."""

    module: str
    args: Data

    @property
    def title(self) -> str:
        """How people know the object."""
        if "name" in self.args:
            return f"{self.module.replace('_', ' ')} {self.args['name']}"
        return f"node {self.args['identifier']} of {self.args['workflow_job_template']}"


def given(said: t.Mapping[str, t.Any], *names: str) -> Data:
    """Those of the keys that have been given a value."""
    return {name: said[name] for name in names if said[name]}
