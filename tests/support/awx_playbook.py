"""The playbook awx_setup as a user runs it, with the real modules of awx.awx."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from support.awx_setups import SECRETS
from support.awx_stand_in import PASSWORD, TOKEN

ROOT = Path(__file__).resolve().parents[2]
OURS, REAL = ROOT / "build" / "src", ROOT / "build" / "awx"
# By these awx.awx would find another AWX: that of whoever runs the tests.
_NAMES_AN_AWX = ("CONTROLLER_", "TOWER_", "AAP_")
_TIMEOUT = 600  # forty modules one after another, on a machine that has other work


def write_setup(folder: Path, data: t.Mapping[str, t.Any]) -> None:
    """The file and the vault."""
    (folder / "awx.yml").write_text(yaml.safe_dump(dict(data)), encoding="utf-8")
    (folder / "vault.yml").write_text(yaml.safe_dump({"iot_awx_secrets": SECRETS}), encoding="utf-8")


def play(
    folder: Path, environment: t.Mapping[str, str], *options: str, path: t.Sequence[Path] = (OURS, REAL)
) -> t.Tuple[int, str]:
    """Its exit code, and what it said; never a traceback or a secret."""
    assert (REAL / "ansible_collections").is_dir(), "awx.awx is missing: python tests/tools/awx.py"
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "fieldnet.iot.awx_setup", "-e", "iot_awx=awx.yml", *options],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(_NAMES_AN_AWX)},
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, path)),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "HOME": str(folder),
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    for secret in (*SECRETS.values(), TOKEN, PASSWORD):
        assert secret not in said
    return done.returncode, said


def changed(said: str) -> t.List[str]:
    """The objects that the playbook tells as changed, in their order."""
    return [line.strip(' ",') for line in said.splitlines() if line.startswith(" " * 8 + '"')]
