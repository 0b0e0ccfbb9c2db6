# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The variables of the playbooks: the one place that surveys, the check of fixed variables and the reference come from.

A test reads the playbooks, and holds what they read against this table, both ways.
"""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import READINESS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._drift_report import STATES
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._validate import KINDS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._impact import STATES as OUTCOMES
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS

_DAY = 24 * 3600
_LONGEST_LEARNING = 30 * 24
_NEAR = 0.85  # iot_probe and iot_probing are farther apart


class Option(t.NamedTuple):
    """A variable that a user may give to a playbook.

    ``kind`` is one of: text, path, paths, texts, mapping, mappings, integer, yes_no, choice or several (of
    ``choices``), secret.
    ``ask``: a survey asks for it, since it differs from run to run, and is no file, which a job loses at its end.
    """

    name: str
    kind: str
    says: str
    default: t.Any = None
    required: bool = False
    choices: t.Tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    ask: bool = False


def _fail_on(states: t.Iterable[str]) -> Option:
    says = "What of a site makes the run fail; by default nothing does."
    return Option("iot_fail_on", "several", says, choices=tuple(states), ask=True)


_VENDOR_PATH = Option("iot_vendor_path", "paths", "Folders with vendor specs of your own.")
_FLEET = (
    Option("iot_sites", "paths", "The sites' files and folders; by default the inventory's."),
    _VENDOR_PATH,
    # The inventory plugin's own option, which every task that reads sites heeds.
    Option(
        "iot_invalid_sites", "choice", "What becomes of a site that is wrong.", "keep", False, ("keep", "fail", "skip")
    ),
)
_VENDORS = Option("iot_vendors", "texts", "Which vendors; by default all.")
_REPORT = Option("iot_report", "path", "A file that the results are written to, as JSON.")
_REPORT_DIR = Option("iot_report_dir", "path", "A folder that the report is written to.")
_REPORT_AS = (
    Option("iot_report_formats", "several", "What is written; by default everything.", choices=tuple(FORMATS)),
    Option("iot_report_title", "text", "The report's title."),
)
_HISTORY = Option("iot_history", "path", "A folder that assessments are kept in, for what got better or worse.")
_HISTORY_KEEP = Option("iot_history_keep", "integer", "How many of each site are kept.", 30, least=2, most=100_000)
_PROBING = (
    Option("iot_probe_become", "yes_no", "Whether probe hosts use privilege escalation.", default=True),
    Option("iot_responder_key", "secret", "The key that probe hosts and the egress responder know each other by."),
)
_ROLLBACK = Option(
    "iot_rollback_after",
    "integer",
    "Seconds until a gateway puts itself back, unless the change is confirmed.",
    default=120,
    least=1,
    most=_DAY,
)
_TIMEOUT = Option(
    "iot_task_timeout",
    "integer",
    "Seconds after which a task on a host is given up; 0: never.",
    600,
    most=_DAY,
)
_LEARN_HOURS = Option(
    "iot_learn_hours", "integer", "Hours that gateways learn instead of refusing; 0: none.", 0, most=_LONGEST_LEARNING
)
_LEARN_UNTIL = Option("iot_learn_until", "text", "Or when learning ends, in UTC, as 2026-12-01T18:00:00Z.")
_PROVISION = (
    _TIMEOUT,
    _ROLLBACK._replace(ask=True),
    Option("iot_probing", "yes_no", "Whether to look from inside the VLANs before and after.", default=True, ask=True),
    _LEARN_HOURS._replace(ask=True),
    _LEARN_UNTIL._replace(ask=True),
    *_PROBING,
)
_ASSESS = (
    _fail_on(sorted(READINESS[1:])),
    Option("iot_explain", "yes_no", "Whether gateways say where the packets of what failed ended.", False, ask=True),
    *(_REPORT, _HISTORY, _HISTORY_KEEP, _REPORT_DIR, *_REPORT_AS),
    Option(
        "iot_continue",
        "integer",
        "Minutes: what was seen so lately is not asked again (with iot_history).",
        0,
        most=7 * 24 * 60,
    ),
    *_PROBING,
    _TIMEOUT,
)

_PLAYBOOKS: t.Mapping[str, t.Tuple[Option, ...]] = {
    "assess": (*_FLEET, *_ASSESS),
    "awx_setup": (
        Option("iot_awx", "path", "The file that says what AWX is to have.", required=True),
        Option("iot_awx_secrets", "secret", "The secret values of credentials, from a vault."),
        Option("iot_awx_update_secrets", "yes_no", "Whether secret values that AWX has are replaced.", default=False),
    ),
    "devices_import": (
        Option("iot_csv", "path", "The spreadsheet, as CSV.", required=True),
        Option("iot_devices", "path", "The file that the devices are written to; by default they are shown."),
        Option("iot_csv_site", "text", "The site, where the spreadsheet has several."),
        Option("iot_csv_defaults", "mapping", "Values for columns that are not there."),
        _VENDOR_PATH,
    ),
    "drift": (*_FLEET, _fail_on(STATES[:-1]), _REPORT, _ROLLBACK, _LEARN_HOURS, _LEARN_UNTIL, _TIMEOUT),
    "explain": (
        *_FLEET,
        Option("iot_to", "text", "Where the flow leads, a DNS name or an address.", required=True),
        Option("iot_port", "integer", "The port there.", required=True, least=1, most=65535),
        Option("iot_protocol", "choice", "The protocol.", "tcp", False, ("tcp", "udp")),
        Option("iot_vlan", "text", "The VLAN that it comes from; by default each that has a probe host."),
        _PROBING[0],
    ),
    "impact": (
        *_FLEET,
        Option("iot_new_vendor_path", "paths", "The folders of vendor specs as proposed.", required=True),
        *(_fail_on(OUTCOMES[:-1]), _REPORT),
    ),
    "learn_report": (
        *(*_FLEET, _REPORT, _TIMEOUT),
        Option("iot_proposals", "path", "A folder that proposed specs are written to."),
    ),
    "mud_export": (
        Option("iot_mud_url", "text", "The URL under which the MUD files will be found.", required=True),
        Option("iot_mud_hosts", "mappings", "Hosts for requirements of which the vendor names none."),
        Option("iot_mud_dest", "path", "The folder that the files are written to."),
        *(_VENDORS, _VENDOR_PATH),
    ),
    "mud_import": (
        Option("iot_mud", "paths", "MUD files, and folders of them.", required=True),
        Option("iot_mud_vendor", "text", "What the vendor is to be called."),
        Option("iot_vendors_dest", "path", "The folder that the specs are written to."),
    ),
    "provision": (*_FLEET, *_PROVISION),
    "report": (
        _REPORT_DIR._replace(says="A folder that the report is written to; by default it is shown alone."),
        Option("iot_report_src", "paths", "Assessments, files or folders; by default those of iot_history."),
        *(_HISTORY, *_REPORT_AS),
    ),
    "responder": (_VENDOR_PATH,),
    "validate": (*_FLEET, _fail_on(("warnings", *KINDS)), _REPORT),
    "vendor_pages": (
        Option("iot_pages", "path", "The folder that the pages are written to."),
        *(_VENDORS, _VENDOR_PATH),
    ),
}


def _together(*playbooks: str) -> t.Tuple[Option, ...]:
    return tuple({one.name: one for name in playbooks for one in _PLAYBOOKS[name]}.values())


PLAYBOOKS: t.Mapping[str, t.Tuple[Option, ...]] = {**_PLAYBOOKS, "site": _together("provision", "assess")}


def misspelt(given: t.Iterable[str]) -> t.List[str]:
    """What is wrong with the names of variables that a user gave for a run: nearly those of ours, but no playbook's.

    Ansible takes any name in silence; a rollback time or the end of learning would be that of the default. Names that
    are like none of ours are the user's own.
    """
    known = {one.name for options in PLAYBOOKS.values() for one in options}
    near = {name: difflib.get_close_matches(name, known, n=1, cutoff=_NEAR) for name in set(given) - known}
    return [
        f"-e {name}: no playbook has a variable of this name; did you mean {found[0]}?"
        for name, found in sorted(near.items())
        if name.startswith("iot_") and found
    ]
