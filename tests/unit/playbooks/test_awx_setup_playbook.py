# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup as a user runs it, where it can't do its work: each time it says what to do, and no secret."""

from __future__ import annotations

import socket
import typing as t
from pathlib import Path

import pytest
import yaml
from tls_certificates import issue

from support.awx_playbook import OURS, play, write_setup
from support.awx_setups import smallest
from support.awx_stand_in import PASSWORD, TOKEN, USER, Awx, awx_api

VAULT = ("-e", "@vault.yml")
ACCESS = "say which AWX and who you are in CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the file and the vault."""
    write_setup(tmp_path, {**smallest(), "shared_folder": "/var/lib/iot"})
    return tmp_path


@pytest.fixture
def awx() -> t.Iterator[t.Tuple[Awx, t.Dict[str, str]]]:
    """A stand-in of AWX, and what its clients need in their environment."""
    with awx_api() as (api, url):
        yield api, {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN}


def test_without_the_collection_it_says_what_to_install(folder: Path) -> None:
    """Together with everything else that is wrong, and before anything is touched."""
    (folder / "awx.yml").write_text(yaml.safe_dump({**smallest(), "projct": 1}), encoding="utf-8")
    code, out = play(folder, {}, *VAULT, path=[OURS])
    assert code != 0
    assert "2 errors; nothing was touched" in out
    assert "awx.yml: has an unknown key projct; did you mean project?" in out
    assert "ansible-galaxy collection install awx.awx" in out


def test_a_file_that_is_not_there(folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    api, environment = awx
    (folder / "awx.yml").unlink()
    code, out = play(folder, environment, *VAULT)
    assert code != 0
    assert "awx.yml: cannot be read: No such file or directory" in out
    assert api.requests == []


def test_secrets_are_asked_for_before_anything_is_touched(folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    api, environment = awx
    code, out = play(folder, environment)
    assert code != 0
    assert "machine: needs ssh_key_data or password in iot_awx_secrets" in out
    assert api.requests == []


def test_a_failure_names_the_object_and_hides_the_secret(folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    api, environment = awx
    api.refuses = "credentials"
    code, out = play(folder, environment, *VAULT, "-vvvv")
    assert code != 0
    assert "credential IoT sites: machine: Unable to create credential IoT sites: machine: " in out
    assert "not today: " in out
    assert "what comes before it is done; put that right and run it again" in out
    assert api.names("organizations") == ["Facilities"]


def test_a_token_that_is_refused(folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    api, environment = awx
    code, out = play(folder, {**environment, "CONTROLLER_OAUTH_TOKEN": "refused-token"}, *VAULT)
    assert code != 0
    assert f"{ACCESS}, or CONTROLLER_USERNAME and CONTROLLER_PASSWORD; nothing was touched" in out
    assert api.names("organizations") == []


def test_a_password_is_as_good_as_a_token_and_a_wrong_one_is_refused(
    folder: Path, awx: t.Tuple[Awx, t.Dict[str, str]]
) -> None:
    api, environment = awx
    who = {"CONTROLLER_HOST": environment["CONTROLLER_HOST"], "CONTROLLER_USERNAME": USER}
    code, out = play(folder, {**who, "CONTROLLER_PASSWORD": PASSWORD}, *VAULT, "--check", "-vvvv")
    assert code == 0, out
    assert ("DELETE", "/api/v2/tokens/1/") in api.requests  # none is left behind
    code, out = play(folder, {**who, "CONTROLLER_PASSWORD": "wrong-password"}, *VAULT)
    assert code != 0
    assert f"Failed to get token: HTTP Error 401: Unauthorized; {ACCESS}" in out
    assert "wrong-password" not in out


def test_an_awx_that_does_not_answer(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, out = play(folder, {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN}, *VAULT)
    assert code != 0
    assert "Connection refused" in out
    assert f"{ACCESS}, or CONTROLLER_USERNAME and CONTROLLER_PASSWORD; nothing was touched" in out


def test_a_certificate_that_nobody_here_trusts_and_the_remedy(folder: Path) -> None:
    certificate = issue("awx", host="127.0.0.1", authority=True)
    with awx_api(certificate.context(folder)) as (api, url):
        environment = {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        code, out = play(folder, environment, *VAULT, "--check")
        assert code != 0
        assert "let this machine trust who signed AWX's certificate, as by SSL_CERT_FILE=FILE.pem; nothing was" in out
        assert api.requests == []
        (folder / "trusted.pem").write_bytes(certificate.pem)
        code, out = play(folder, {**environment, "SSL_CERT_FILE": str(folder / "trusted.pem")}, *VAULT, "--check")
        assert code == 0, out
