# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the JSON Schema files and the reference pages into docs/ (make schemas)."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._schema import GENERATED

for path, content in GENERATED.items():
    (Path(__file__).parents[2] / path).write_text(content(), encoding="utf-8")
