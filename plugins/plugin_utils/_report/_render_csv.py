# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report as CSV, a line a requirement; no spreadsheet finds a formula in it."""

from __future__ import annotations

from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._register import write_csv
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, Row

HEAD = ("site", "readiness", "assessed", *Row._fields)


def render(report: Report) -> str:
    """All requirements of all sites."""
    rows = ((site.site, site.readiness, site.assessed, *row) for site in report.sites for row in site.rows)
    return write_csv(HEAD, rows)
