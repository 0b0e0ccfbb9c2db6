# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup as a user runs it: without awx.awx, with modules that note what they are given, and with the
real ones against a stand-in of AWX's API, where AWX_COLLECTIONS names the folder that has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from support.awx_setups import SECRETS, smallest
from support.awx_stand_in import TOKEN, Awx, awx_api

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
REAL = os.environ.get("AWX_COLLECTIONS", "")
MODULES = (
    *("organization", "credential_type", "credential", "execution_environment", "project", "inventory"),
    *("inventory_source", "job_template", "workflow_job_template", "workflow_job_template_node", "schedule"),
)
# What the real ones share: they take what they are given, hide a credential's inputs, and know check mode.
MODULE = """
import json, os
from ansible.module_utils.basic import AnsibleModule
NAME = {name!r}
OPTIONS = {options!r}
module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
given = {{key: value for key, value in module.params.items() if value is not None}}
with open(os.environ["NOTES"], "a") as notes:
    notes.write(json.dumps([NAME, module.check_mode, sorted(given)]) + "\\n")
if NAME == os.environ.get("FAILS"):
    module.fail_json(msg="refused: " + json.dumps(given.get("inputs")))
module.exit_json(changed=True, **({{}} if module.check_mode else {{"id": 1}}))
"""


def _play(folder: Path, *options: str, path: str = "", **environment: str) -> t.Tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "fieldnet.iot.awx_setup", "-e", "iot_awx=awx.yml", *options],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([str(COLLECTIONS), *([path] if path else [])]),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the file and the vault."""
    (tmp_path / "awx.yml").write_text(yaml.safe_dump({**smallest(), "shared_folder": "/var/lib/iot"}), encoding="utf-8")
    (tmp_path / "vault.yml").write_text(yaml.safe_dump({"iot_awx_secrets": SECRETS}), encoding="utf-8")
    return tmp_path


@pytest.fixture
def noting(tmp_path: Path) -> str:
    """A collection awx.awx whose modules only note what they are given."""
    modules = tmp_path / "collections/ansible_collections/awx/awx/plugins/modules"
    modules.mkdir(parents=True)
    for name in MODULES:
        keys = ["name", "organization", *_options(name)]
        options: t.Dict[str, t.Any] = {key: {"type": "raw", "no_log": key == "inputs"} for key in keys}
        (modules / f"{name}.py").write_text(MODULE.format(name=name, options=options), encoding="utf-8")
    return str(tmp_path / "collections")


def _options(module: str) -> t.Set[str]:
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._expand import expand
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._setup import parse_setup

    setup, _problems = parse_setup(smallest(), SECRETS)
    steps = expand(setup, SECRETS) if setup else []
    return {key for step in steps if step.module == module for key in step.args}


def test_without_the_collection_it_says_what_to_install(folder: Path) -> None:
    """Together with everything else that is wrong, and before anything is touched."""
    (folder / "awx.yml").write_text(yaml.safe_dump({**smallest(), "projct": 1}), encoding="utf-8")
    code, out = _play(folder, "-e", "@vault.yml", ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS))
    assert code != 0
    assert "2 errors; nothing was touched" in out
    assert "awx.yml: has an unknown key projct; did you mean project?" in out
    assert "ansible-galaxy collection install awx.awx" in out


def test_a_file_that_is_not_there(folder: Path, noting: str) -> None:
    (folder / "awx.yml").unlink()
    code, out = _play(folder, "-e", "@vault.yml", path=noting, NOTES=str(folder / "notes"))
    assert code != 0
    assert "awx.yml: cannot be read: No such file or directory" in out
    assert not (folder / "notes").exists()


def test_secrets_are_asked_for_before_anything_is_touched(folder: Path, noting: str) -> None:
    code, out = _play(folder, path=noting, NOTES=str(folder / "notes"))
    assert code != 0
    assert "machine: needs ssh_key_data or password in iot_awx_secrets" in out
    assert not (folder / "notes").exists()


def test_each_object_in_turn_and_no_secret_in_the_output(folder: Path, noting: str) -> None:
    code, out = _play(folder, "-e", "@vault.yml", "-vvvv", path=noting, NOTES=str(folder / "notes"))
    assert code == 0, out
    notes = [json.loads(line) for line in (folder / "notes").read_text(encoding="utf-8").splitlines()]
    assert [name for name, _check, _given in notes][:5] == [
        "organization",
        "credential_type",
        "credential",
        "credential",
        "execution_environment",
    ]
    assert not any(check for _name, check, _given in notes)
    assert "job template IoT sites: provision" in out


def test_check_mode_reaches_the_modules(folder: Path, noting: str) -> None:
    code, out = _play(folder, "-e", "@vault.yml", "--check", path=noting, NOTES=str(folder / "notes"))
    assert code == 0, out
    notes = [json.loads(line) for line in (folder / "notes").read_text(encoding="utf-8").splitlines()]
    assert [(name, check) for name, check, _given in notes] == [("organization", True), ("credential_type", True)]
    assert "workflow job template IoT sites: nightly" in out


def test_a_failure_names_the_object_and_hides_the_secret(folder: Path, noting: str) -> None:
    code, out = _play(folder, "-e", "@vault.yml", path=noting, NOTES=str(folder / "notes"), FAILS="credential")
    assert code != 0
    assert "credential IoT sites: machine: refused: " in out
    assert "what comes before it is done; put that right and run it again" in out


@pytest.fixture
def awx() -> t.Iterator[t.Tuple[Awx, t.Dict[str, str]]]:
    """A stand-in of AWX, and what its clients need in their environment."""
    with awx_api() as (api, url):
        yield api, {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN}


@pytest.mark.skipif(not REAL, reason="AWX_COLLECTIONS names no folder with awx.awx")
def test_the_real_modules_make_it_once(folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    """Nothing in check mode; all of it; then nothing; then what was changed by somebody else, and that alone."""
    api, environment = awx
    code, out = _play(folder, "-e", "@vault.yml", "--check", path=REAL, **environment)
    assert (code, api.names("organizations")) == (0, []), out
    code, out = _play(folder, "-e", "@vault.yml", "-vvvv", path=REAL, **environment)
    assert code == 0, out
    assert len(api.names("job_templates")) == 7
    assert api.secrets[api.named("credentials", "IoT sites: machine")["id"]]["ssh_key_data"] == SECRETS["ssh_key_data"]
    nodes = api.kinds["workflow_job_template_nodes"]
    template = api.named("job_templates", "IoT sites: provision")
    assert len(nodes) == 9
    assert len(api.related["job_templates", template["id"], "credentials"]) == 2
    for check in ([], ["--check"]):
        api.requests.clear()
        code, out = _play(folder, "-e", "@vault.yml", *check, path=REAL, **environment)
        assert code == 0, out
        assert "changed=0" in out
        assert {method for method, _path in api.requests} == {"GET"}
    template["job_slice_count"] = 3
    code, out = _play(folder, "-e", "@vault.yml", path=REAL, **environment)
    assert template["job_slice_count"] == 1
    assert [line.strip(' ",') for line in out.splitlines() if line.startswith(" " * 8 + '"')] == [
        "job template IoT sites: provision"
    ]


@pytest.mark.skipif(not REAL, reason="AWX_COLLECTIONS names no folder with awx.awx")
def test_a_token_that_is_refused(folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    api, environment = awx
    code, out = _play(folder, "-e", "@vault.yml", path=REAL, **{**environment, "CONTROLLER_OAUTH_TOKEN": "x"})
    assert code != 0
    assert "say which AWX and who you are in CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN" in out
    assert "nothing was touched" in out
    assert api.names("organizations") == []
