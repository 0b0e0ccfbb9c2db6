# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What Ansible says of a host that a task could not be run on, in words for a person, with what to do about it.

Ansible's own message of a module that never ran may be a shell's, or a traceback; which of them it was stands in there
somewhere. What is not known here is told by its first line.
"""

from __future__ import annotations

import re
import typing as t

Data = t.Mapping[str, t.Any]
_LONGEST = 300
_PYTHON = "install Python 3.8 or newer on it, or set ansible_python_interpreter"
_KNOWN: t.Tuple[t.Tuple[t.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), why, remedy)
    for pattern, why, remedy in (
        (
            r"no space left on device|disk quota exceeded",
            "its disk is full",
            "make room on it (df -h; Ansible needs some in ansible_remote_tmp, by default ~/.ansible/tmp)",
        ),
        (
            r"read-only file system",
            "its file system is read-only",
            "look at its disk (dmesg), or point ansible_remote_tmp to a folder that can be written",
        ),
        (
            r"interpreter '?[^' ]+'? was not found|python[\d.]*: (command )?not found|/python[\d.]*: no such file",
            "it has no Python where Ansible looks for it",
            _PYTHON,
        ),
        (r"ansible-core requires a minimum of python|future feature annotations", "its Python is too old", _PYTHON),
        (
            r"missing sudo password|a password is required|not in the sudoers|may not run sudo|incorrect sudo password"
            r"|sudo(: command)?:? not found|privilege escalation|become (password|method)",
            "Ansible may not become root on it",
            "give its user sudo without a password, or ansible_become_password (for a probe host of which DHCP and"
            " Wi-Fi are not asked, -e iot_probe_become=false)",
        ),
        (
            r"timed out after [\d.]+ second|in the expected time frame",
            "it stopped answering in the middle of the task",
            "see that it is up and not overloaded; where it is only slow, give it -e iot_task_timeout=SECONDS",
        ),
        (
            r"failed to create temporary directory",
            "Ansible can't write there",
            "make room on its disk, and let the user write ansible_remote_tmp (by default ~/.ansible/tmp)",
        ),
        (
            r"permission denied \(|host key verification failed|too many authentication failures",
            "it lets nobody in",
            "see that ssh with the same user and key works, and that its host key is known",
        ),
    )
)
_PREFIX = re.compile(r"^(Task failed|Action failed|Module failed|Failed to connect to the host via ssh): ")
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|MODULE FAILURE|No start of json char")
_ERROR = re.compile(r"^[A-Za-z_.]+(Error|Exception|Interrupt|Exit)\b.*")


class Trouble(t.NamedTuple):
    """What is the matter with a host, and what to do."""

    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.why}: {self.remedy}" if self.remedy else self.why


def trouble(result: Data, never: str) -> Trouble:
    """Why a task gave no result on a host; ``never`` says why there may be nothing at all."""
    message = str(result.get("msg") or "").strip()
    text = "\n".join([message, *(str(result.get(key) or "") for key in ("module_stderr", "module_stdout"))])
    for pattern, why, remedy in _KNOWN:
        found = pattern.search(text)
        if found:
            return Trouble(f"{why} ({_line(text, found.start())})", remedy)
    if result.get("unreachable"):
        return Trouble(
            f"unreachable: {_first(message) or 'no connection'}",
            "see that it is up, and that ansible -m ansible.builtin.ping reaches it",
        )
    if _TRACEBACK.search(text):
        said = next((line for line in reversed(text.splitlines()) if _ERROR.match(line)), "")
        told = f"the module broke off: {_short(said)}" if said else "the module broke off without a word"
        return Trouble(told, "run it with -vvv for that host alone; if it is no fault of the host, report it")
    return Trouble(_first(message) or never, "")


def _first(message: str) -> str:
    """The first line, without what Ansible puts before it."""
    line = next(iter(message.splitlines()), "")
    while _PREFIX.match(line):
        line = _PREFIX.sub("", line)
    return _short(line)


def _line(text: str, position: int) -> str:
    """The line in which something stands."""
    start = text.rfind("\n", 0, position) + 1
    return _first(text[start:])


def _short(line: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in line).strip()
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ..."
