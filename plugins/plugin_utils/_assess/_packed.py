# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a probe host saw as one short string, from the process of its task to the judge.

Ansible looks through each value of a task's result several times, in one process for all hosts, and keeps it until the
run ends: for 80 results of a host that is most of its work and memory.
"""

from __future__ import annotations

import base64
import json
import typing as t
import zlib
from collections import Counter

Data = t.Dict[str, t.Any]


def packed(seen: t.Mapping[str, t.Any]) -> Data:
    """A result of the module probe with its results packed, and how often each observation was made."""
    text = json.dumps(seen["results"], separators=(",", ":")).encode()
    kept = {key: seen[key] for key in seen if key not in ("results", "invocation")}
    counts = Counter(result["observation"] for result in seen["results"])
    return {
        **kept,
        "observations": dict(sorted(counts.items())),
        "packed": base64.b85encode(zlib.compress(text)).decode(),
    }


def results_in(seen: t.Mapping[str, t.Any]) -> t.Optional[t.List[Data]]:
    """The results, packed or not; None where there are none."""
    if "packed" not in seen:
        return t.cast(t.Optional[t.List[Data]], seen.get("results"))
    return t.cast(t.List[Data], json.loads(zlib.decompress(base64.b85decode(str(seen["packed"])))))
