"""Inventories of sites, as users meet them: ansible-inventory and ansible-playbook in processes of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

from support.sites import Data, berlin

COLLECTIONS = Path(__file__).resolve().parents[2] / "build" / "src"


class Said(t.NamedTuple):
    """How a command ended, and what it said; Ansible breaks lines as it likes."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """All of it in one line."""
        return " ".join(f"{self.out} {self.err}".replace("\\n", " ").split())


def run(command: str, folder: Path, *arguments: str, **environment: str) -> Said:
    """Ansible's command in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "ansible", command, *arguments],
        cwd=folder,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def listed(folder: Path, source: str, *arguments: str, **environment: str) -> t.Tuple[Data, Said]:
    """The whole inventory, as Ansible has it."""
    said = run("inventory", folder, "-i", source, "--list", *arguments, **environment)
    return (json.loads(said.out) if said.code == 0 else {}), said


def groups(found: Data) -> t.Dict[str, t.List[str]]:
    """The hosts by group."""
    return {name: sorted(group["hosts"]) for name, group in found.items() if "hosts" in group}


def variables(found: Data, host: str) -> Data:
    """A host's variables, as they are to a playbook."""
    return t.cast(Data, _bare(found["_meta"]["hostvars"][host]))


def _bare(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {k: _bare(v) for k, v in value.items()}
        )
    return [_bare(one) for one in value] if isinstance(value, list) else value


def site(name: str, number: int, **changes: t.Any) -> Data:
    """A site like Berlin that shares nothing with the others."""
    text = json.dumps(berlin()).replace("berlin", name)
    text = re.sub(r"02:00:00:00:00:(..)", rf"02:00:00:00:{number:02x}:\1", text)
    return {**json.loads(text), **changes}
