# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Write the assessments of a fleet as HTML, Markdown, CSV, JUnit, JSON and for Prometheus
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Joins assessments of M(fieldnet.iot.assess), of one run, of the slices of a job or of a history, into one report of
    the fleet, shows what is wrong in a few lines, and writes it in the formats asked for. A site stands in it once, as
    it was assessed last. Where runs had some of its probe hosts each, it is joined of what each of them could judge,
    and is as old as the oldest of these.
  - The HTML page is one file that needs no network, and forbids its browser to use one.
  - The same assessments make the same bytes. A file is replaced as a whole, and only where it differs.
  - Runs on the controller. Use it with C(run_once), or in a play over C(localhost).
options:
  assessments:
    description: Assessment documents, as RV(fieldnet.iot.assess#module:assessment) is one.
    type: list
    elements: dict
    default: []
  results_var:
    description:
      - The variable of this host that holds the result of M(fieldnet.iot.assess), from a task before, with
        O(fieldnet.iot.assess#module:detail).
      - For a fleet use O(fieldnet.iot.assess#module:report_dir) instead, which takes no assessment through results.
    type: str
  published:
    description:
      - Take what runs before this one in a workflow of AWX handed on (O(fieldnet.iot.assess#module:publish)), the
        variables whose names begin with C(fieldnet_iot_assessed_), in whatever order they came.
      - What M(fieldnet.iot.drift_report) handed on becomes a note of each site whose gateway is not as planned.
    type: bool
    default: false
  src:
    description:
      - Files with assessment documents, written by O(fieldnet.iot.assess#module:dest) or as V(json) by this module.
      - Of a folder that O(fieldnet.iot.assess#module:history) keeps, the last assessment of each site is taken.
      - At least one of O(assessments), O(results_var), O(published) and O(src) is needed.
    type: list
    elements: str
    default: []
  dest:
    description:
      - The folder on the controller that the files are written to. It is made where it is missing.
      - Left out, the report is shown alone.
    type: str
  formats:
    description:
      - What is written. V(html) is C(report.html), V(markdown) C(report.md), V(csv) C(report.csv), V(junit)
        C(report.xml), V(json) C(report.json), and V(prometheus) C(report.prom), for the textfile collector of
        Prometheus' node exporter.
    type: list
    elements: str
    choices: [html, markdown, csv, junit, json, prometheus]
    default: [html, markdown, csv, junit, json, prometheus]
  basename:
    description: The files' name without its ending.
    type: str
    default: report
  title:
    description: The title of the page, the Markdown and the test suites.
    type: str
    default: IoT network readiness
attributes:
  check_mode:
    description: Can run in check mode; nothing is written then, and RV(ignore:changed) says whether it would be.
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: Write the report of this run
  fieldnet.iot.report:
    src: [assessment.json]
    dest: reports/

- name: Make one page of what the jobs before this one in a workflow handed on
  fieldnet.iot.report:
    published: true
    dest: reports/
    formats: [html]

- name: Make one page of the reports of all slices
  fieldnet.iot.report:
    src: [slice-1.json, slice-2.json]
    dest: reports/
    formats: [html]

- name: Give Prometheus the last state of each site in the history
  fieldnet.iot.report:
    src: [history/]
    dest: /var/lib/prometheus/node-exporter
    formats: [prometheus]
    basename: fieldnet_iot
"""

RETURN = r"""
files:
  description: The files of the report, by format.
  type: dict
  returned: when O(dest) is given
  sample: {html: reports/report.html}
summary:
  description: How many sites and requirements there are of each kind; only kinds that occur.
  type: dict
  returned: success
  contains:
    sites:
      description: The number of sites.
      type: int
    readiness:
      description: Sites by readiness.
      type: dict
    verdicts:
      description: Requirements by verdict.
      type: dict
    changes:
      description: Requirements by what became of them since the assessment before; empty where no history is kept.
      type: dict
errors:
  description: Everything that is wrong with the assessments, or could not be written, by itself.
  type: list
  elements: str
  returned: failure
"""
