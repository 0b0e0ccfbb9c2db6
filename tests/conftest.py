# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all tests: no property fails because the machine was busy."""

from __future__ import annotations

from hypothesis import settings

# The parent is Hypothesis' own choice: in CI it takes the same examples each time.
settings.register_profile("fieldnet", deadline=None)
# For one more Python (make managed): what is tried is the interpreter, not once more the code.
settings.register_profile("managed", deadline=None, max_examples=20)
settings.load_profile("fieldnet")
