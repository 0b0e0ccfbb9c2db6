# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: assess
short_description: Judge what the probe hosts saw, requirement by requirement
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Joins the plans of all sites of this play with the results of their probe hosts, and says for each requirement
    whether it is met, what was seen, why, what to change, and which sentence of which document asks for it.
  - Prints a table, writes the assessment as one JSON document when O(dest) is given, and the report of it as
    M(fieldnet.iot.report) does when O(report_dir) is given; all that also where O(fail_on) makes it fail.
  - Its result is short, whatever the fleet, since Ansible looks through results value by value; O(detail) asks for
    more.
  - Runs on the controller. Use it with C(run_once) in a play over the sites' gateways and probe hosts. A site is left
    out when none of its probe hosts is in the play, or, where it has none, when its gateway is not. Where some of its
    probe hosts are in the play (C(--limit), a slice of a job), what needs another one is inconclusive and says so,
    until M(fieldnet.iot.report) joins it with the assessment of a run that has that host.
options:
  path:
    description: Folders of sites, or files of single sites, as in M(fieldnet.iot.plan).
    type: list
    elements: str
    required: true
  vendor_path:
    description: Folders with vendor specs of your own.
    type: list
    elements: str
    default: []
  results_var:
    description: The variable of each probe host that holds the result of M(fieldnet.iot.site_probe) or of
      M(fieldnet.iot.probe).
    type: str
    default: iot_probe
  traced_vars:
    description:
      - Variables of the gateways, by what they hold. V(asked) the result of M(fieldnet.iot.explain), V(started) and
        V(ended) those of M(fieldnet.iot.path_trace), V(again) that of M(fieldnet.iot.probe) meanwhile, in a loop over
        probe hosts. What was traced is then told in the reasons and remedies of requirements that are unmet or
        inconclusive; no verdict changes.
    type: dict
    default: {}
  dest:
    description: The file on the controller that the JSON document is written to.
    type: str
  history:
    description:
      - A folder on the controller in which the assessments are kept, a folder a site and a file a run, without the
        observations. It is made where it is missing.
      - The assessment then says what became of each site since its last one in there (C(changes)), and of each
        requirement since when it has its verdict (C(since)).
      - A file that can't be read is named in a warning, and the one before it is taken.
    type: str
  history_keep:
    description: How many assessments of a site are kept in O(history), 2 or more.
    type: int
    default: 30
  report_dir:
    description: A folder on the controller that the report is written to, as O(fieldnet.iot.report#module:dest).
    type: str
  report_formats:
    description: What is written to O(report_dir), as O(fieldnet.iot.report#module:formats).
    type: list
    elements: str
    choices: [html, markdown, csv, junit, json, prometheus]
    default: [html, markdown, csv, junit, json, prometheus]
  report_title:
    description: The title of the report.
    type: str
    default: IoT network readiness
  publish:
    description:
      - Hand the assessment on to the jobs after this one in a workflow of AWX, for
        O(fieldnet.iot.report#module:published). It is an artifact, as M(ansible.builtin.set_stats) makes one, without
        observations.
      - Its name is C(fieldnet_iot_assessed_) and a digest of its contents, so that slices of a job never lie over each
        other, in any order. C(sites) in it are the sites' states.
      - It has 500,000 characters at most. Where that is too little, first sentences are cut, then what is met is left
        out, then all but the sites' states; a warning says so.
      - Ansible keeps it only where the task succeeds. So with O(fail_on), use C(failed_when) as in the example.
    type: bool
    default: false
  detail:
    description:
      - What the task's result has beside RV(sites). With V(requirements) it has RV(assessment), with V(observations)
        also the results of the checks behind each verdict.
      - For more than some dozen sites read O(dest) instead. For 500 sites with V(observations) Ansible itself takes as
        long as all of the judging.
    type: str
    choices: [sites, requirements, observations]
    default: sites
  fail_on:
    description:
      - Fail when a site is in one of these states. By default it is only reported. The message names the first ten.
    type: list
    elements: str
    choices: [degraded, inconclusive, not_assessed, not_ready]
    default: []
attributes:
  check_mode:
    description: Can run in check mode; the report is written all the same, since it changes no managed host.
      Nothing is added to O(history).
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.plan
  - module: fieldnet.iot.probe
  - module: fieldnet.iot.report
"""

EXAMPLES = r"""
- name: Judge what was seen
  fieldnet.iot.assess:
    path: [sites/]
    dest: build/assessment.json
    history: history/
    fail_on: [not_ready, inconclusive]
  run_once: true

- name: Judge, and hand it on also where the run is to fail
  fieldnet.iot.assess:
    path: [sites/]
    publish: true
    fail_on: [not_ready]
  register: judged
  run_once: true
  failed_when: judged.failing is not defined

- name: Fail for what was seen
  ansible.builtin.fail:
    msg: "{{ judged.msg }}"
  when: judged.failing | length > 0
  run_once: true
"""

RETURN = r"""
sites:
  description: One entry a site, by name.
  type: list
  elements: dict
  returned: always, unless the sites' data was refused
  contains:
    site:
      description: The site's name.
      type: str
    readiness:
      description: V(ready), V(degraded), V(inconclusive), V(not_assessed) or V(not_ready).
      type: str
    assessed:
      description: When it was judged, in UTC.
      type: str
      sample: "2026-11-21T02:00:00Z"
    verdicts:
      description: How many requirements have each verdict that occurs.
      type: dict
      sample: {met: 42, unmet: 1}
    changes:
      description: How many requirements got C(worse) since the last assessment, stay C(broken), got C(better).
      type: dict
      returned: when O(history) has an assessment of it
failing:
  description:
    - Why the task fails, or, with C(failed_when), is to fail. These are sites in a state of O(fail_on), and files that
      could not be written. Empty where nothing is wrong.
  type: list
  elements: str
  returned: always, unless the sites' data was refused
assessment:
  description: The document, as O(dest) has it.
  type: dict
  returned: when O(detail) is V(requirements) or V(observations), unless the sites' data was refused
  contains:
    schema:
      description: The version of this shape.
      type: int
    sites:
      description: One entry a site, by name.
      type: list
      elements: dict
      contains:
        site:
          description: The site's name.
          type: str
        readiness:
          description: V(ready), V(degraded), V(inconclusive), V(not_assessed) or V(not_ready).
          type: str
        assessed:
          description: When it was judged, in UTC.
          type: str
          sample: "2026-11-21T02:00:00Z"
        changes:
          description: What became of it since it was assessed last; absent where it never was.
          type: dict
          returned: when O(history) is given
          contains:
            since:
              description: When it was assessed last.
              type: str
            worse:
              description: What worked, or worked better, and now doesn't, as RV(fieldnet.iot.changes#module:worse).
              type: list
              elements: dict
            better:
              description: What works now, or works better.
              type: list
              elements: dict
            broken:
              description: What did not work or could not be looked at, then and now.
              type: list
              elements: dict
            other:
              description: Another verdict that is neither, such as silence.
              type: list
              elements: dict
            added:
              description: Requirements that were not judged last time.
              type: list
              elements: dict
            gone:
              description: Requirements that were judged last time only.
              type: list
              elements: dict
        requirements:
          description: One entry a requirement, vendor and VLAN.
          type: list
          elements: dict
          contains:
            vendor:
              description: The vendor.
              type: str
            id:
              description: The requirement's id in the vendor's spec.
              type: str
            vlan:
              description: The VLAN that it was judged in.
              type: str
            level:
              description: V(required) or V(recommended); only required ones decide the readiness.
              type: str
            basis:
              description: V(stated) in a document, V(implied) by it, or wished for by the V(site).
              type: str
            verdict:
              description: V(met), V(attested), V(degraded), V(unproven), V(inconclusive) or V(unmet).
              type: str
            since:
              description: When it was judged so first, of the assessments in a row that agree.
              type: str
              returned: when O(history) is given
            reason:
              description: What was seen.
              type: str
            remedy:
              description: What to change, or empty.
              type: str
            accepted:
              description: Why the site accepts that it is unproven, or empty.
              type: str
            source:
              description: The document and the sentence that ask for it.
              type: str
            conflict:
              description: Where the vendor's documents differ, and which one was used.
              type: str
            observations:
              description: The results of the checks behind the verdict, as M(fieldnet.iot.probe) returns them.
              type: list
              elements: dict
              returned: when O(detail) is V(observations)
            elsewhere:
              description: The probe hosts that it needs and the play did not have, by commas.
              type: str
              returned: when some of the site's probe hosts were not in the play
        part:
          description: The site's probe hosts that were in the play.
          type: list
          elements: str
          returned: when others were not, and something needs them
dest:
  description: The file that was written.
  type: str
  returned: when O(dest) is given
files:
  description: The files of the report, by format.
  type: dict
  returned: when O(report_dir) is given
  sample: {html: reports/report.html}
"""
