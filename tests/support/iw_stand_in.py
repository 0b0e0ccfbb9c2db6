# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that stands in for iw where there is no radio: it says what the file beside it (iw.json) has for it.

That file has answers by command (``scan``, ``dump``), each a list, of which the last one is repeated: ``text`` and
``words`` for the two streams, ``code``, ``times`` (so often the text), ``hang`` (never ends, and nor does a child of
its own). What it was asked stands in iw.log afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Answer one command."""
    log = HERE / "iw.log"
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(sys.argv[1:]) + "\n")
    command = "dump" if sys.argv[3:5] == ["scan", "dump"] else sys.argv[3]
    asked = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    before = sum((one[2:4] == ["scan", "dump"]) == (command == "dump") for one in asked) - 1
    answers = json.loads((HERE / "iw.json").read_text(encoding="utf-8")).get(command) or [{"code": 1}]
    answer = answers[min(before, len(answers) - 1)]
    for _time in range(answer.get("times", 1)):
        sys.stdout.write(answer.get("text", ""))
    sys.stderr.write(answer.get("words", ""))
    sys.stdout.flush()
    if answer.get("hang"):
        (HERE / "child.pid").write_text(str(subprocess.Popen(["sleep", "600"]).pid), encoding="ascii")
        time.sleep(600)
    return int(answer.get("code", 0))


if __name__ == "__main__":
    sys.exit(main())
