# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry of the scripts beside it: `python3 tests/lab enter ...` and `python3 tests/lab lab ...`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])
cli = importlib.import_module("lab.cli")
sys.exit(cli.main(sys.argv[1], sys.argv[2:]))
