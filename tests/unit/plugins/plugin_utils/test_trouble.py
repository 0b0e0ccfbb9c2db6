"""What Ansible says of a host that is no use, as a person is told it: what it is, and what to do. Never a traceback."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._trouble import trouble
from support.sites import Data

CRASH = "Traceback (most recent call last):\n  File \"x.py\", line 3, in <module>\nImportError: no module named 'foo'\n"
SSH = "Task failed: Failed to connect to the host via ssh: ssh: connect to host 192.0.2.1 port 22: "
TEMPORARY = (
    "Failed to create temporary directory. In some cases, you may have been able to authenticate and did not have"
    " permissions on the target directory. Consider changing the remote tmp path in ansible.cfg to a path rooted in"
    ' "/tmp", for more error information use -vvv. Failed command was: ( umask 77 && mkdir -p "/root/.ansible/tmp" ),'
    " exited with result 1"
)


@pytest.mark.parametrize(
    ("result", "why", "remedy"),
    [
        ({"unreachable": True, "msg": SSH + "Connection refused"}, "unreachable: ssh: connect to host", "it is up"),
        ({"unreachable": True, "msg": SSH + "Connection timed out"}, "Connection timed out", "it is up"),
        ({"unreachable": True}, "unreachable: no connection", "it is up"),
        (
            {"unreachable": True, "msg": "root@192.0.2.1: Permission denied (publickey)."},
            "it lets nobody in",
            "ssh with the same user and key",
        ),
        (
            {"failed": True, "msg": "The module interpreter '/usr/bin/python3' was not found."},
            "it has no Python where Ansible looks for it (The module interpreter '/usr/bin/python3' was not found.)",
            "set ansible_python_interpreter",
        ),
        (
            {"failed": True, "msg": "MODULE FAILURE", "module_stderr": "/bin/sh: 1: /usr/bin/python3: not found\n"},
            "it has no Python",
            "install Python 3.8",
        ),
        (
            {
                "failed": True,
                "msg": "MODULE FAILURE",
                "module_stderr": f"{CRASH}OSError: [Errno 28] No space left on device",
            },
            "its disk is full",
            "make room",
        ),
        (
            {"unreachable": True, "msg": f"{TEMPORARY}, stderr output: mkdir: cannot create: No space left on device"},
            "its disk is full",
            "make room",
        ),
        ({"unreachable": True, "msg": TEMPORARY}, "Ansible can't write there", "ansible_remote_tmp"),
        ({"failed": True, "msg": "Missing sudo password"}, "may not become root", "iot_probe_become=false"),
        (
            {"failed": True, "msg": "x", "module_stderr": "sudo: a password is required\n"},
            "may not become root",
            "sudo",
        ),
        ({"failed": True, "msg": "x", "module_stderr": "/bin/sh: 1: sudo: not found\n"}, "may not become root", "sudo"),
        (
            {"failed": True, "msg": "Task failed: Timed out after 600 second(s)."},
            "it stopped answering",
            "iot_task_timeout",
        ),
        (
            {"failed": True, "msg": "MODULE FAILURE: No start of json char found", "module_stderr": CRASH},
            "the module broke off: ImportError: no module named 'foo'",
            "-vvv",
        ),
        ({"failed": True, "msg": "MODULE FAILURE", "module_stdout": "Killed"}, "broke off without a word", "-vvv"),
        ({"failed": True, "msg": "checks[3]: is none"}, "checks[3]: is none", ""),
        ({"failed": True, "msg": "Module failed: one\ntwo"}, "one", ""),
        ({}, "nobody asked it", ""),
        ({"failed": True, "msg": "a\x1b[2Jb" + "x" * 1000}, "a [2Jb", ""),
    ],
)
def test_it_is_told_in_words_with_what_to_do(result: Data, why: str, remedy: str) -> None:
    found = trouble(result, "nobody asked it")
    assert why in found.why
    assert remedy in found.remedy
    assert bool(found.remedy) == bool(remedy)
    for text in found:
        assert "Traceback" not in text
        assert text.isprintable()
        assert len(text) < 500
    lines: t.List[str] = str(found).splitlines()
    assert len(lines) == 1
