# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree keeps the promises of docs/design.md: rooms, privacy, sizes, and nothing of the machine it was made on."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
FILES = sorted(path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py")
UTILS = [path for path in FILES if path.relative_to(PLUGINS).parts[0] in {"module_utils", "plugin_utils"}]
OURS = "ansible_collections.fieldnet.iot.plugins."
RUN_TIME = ("meta", "plugins", "roles", "playbooks")
NOTICE = "is **PRIVATE** to the collection. It can have breaking changes at any time."
LONGEST_FILE = 350
LONGEST_FUNCTION = 60


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, by its full name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(PLUGINS).parts[: -node.level] if node.level else ()
            origin = ".".join([*([OURS[:-1]] if node.level else []), *above, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def rooms(path: Path) -> set[str]:
    return {found[len(OURS) :].split(".")[0] for found in imports(path) if found.startswith(OURS)}


def known_to_git(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / found for found in sorted(set(listed.split("\0"))) if found and (ROOT / found).is_file()]


@pytest.mark.parametrize("path", UTILS, ids=name)
def test_utils_are_private_and_say_so(path: Path) -> None:
    assert any(part.startswith("_") for part in path.relative_to(PLUGINS).parts[1:])
    head = path.read_text(encoding="utf-8").split('"""', maxsplit=1)[0]
    assert NOTICE in head


@pytest.mark.parametrize("path", FILES, ids=name)
def test_python_files_have_the_licence(path: Path) -> None:
    head = path.read_text(encoding="utf-8")[:600]
    assert "GNU General Public License v3.0+" in head
    assert "SPDX-License-Identifier: GPL-3.0-or-later" in head


@pytest.mark.parametrize("path", FILES, ids=name)
def test_code_stays_in_its_room(path: Path) -> None:
    may_import = {
        "modules": {"module_utils"},
        "module_utils": {"module_utils"},
        "doc_fragments": set(),
    }.get(path.relative_to(PLUGINS).parts[0], {"module_utils", "plugin_utils"})
    assert rooms(path) <= may_import


@pytest.mark.parametrize("path", [path for path in UTILS if "module_utils" in path.parts], ids=name)
def test_managed_hosts_need_the_standard_library_alone(path: Path) -> None:
    for found in imports(path):
        first = found.split(".")[0]
        ansible = found.startswith(("ansible.module_utils.", OURS))
        assert ansible or first == "dns" or first in sys.stdlib_module_names, found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or node.lineno) - node.lineno < LONGEST_FUNCTION, f"{node.name}, line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_asserted_or_swallowed(path: Path) -> None:
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: narrow with if ... raise"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"


def test_sanity_has_no_ignores() -> None:
    assert not known_to_git("tests/sanity/ignore*")


def test_test_files_have_distinct_names() -> None:
    names = [path.name for path in known_to_git("tests/**/test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_no_path_of_one_machine() -> None:
    pattern = re.compile("|".join([re.escape(f"{ROOT}/"), r"/home/\w+/", r"/Users/\w+/"]))
    for path in known_to_git():
        text = path.read_text(encoding="utf-8", errors="replace")
        found = pattern.search(text)
        assert found is None, f"{name(path)}: {found and found.group()}"


def test_what_users_install_is_named_by_its_version() -> None:
    version = re.findall(r"^version: (\S+)$", (ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    places = [path for path in known_to_git("*.md", "*.yml") if path.name != "RELEASING.md"]
    named = [re.findall(r"fieldnet-iot[-:](\d+\.\d+\.\d+)", path.read_text(encoding="utf-8")) for path in places]
    assert {found for one in named for found in one} == set(version)


@pytest.fixture(scope="module")
def run_time_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of nothing but what a run may need; returns the path for Ansible to look into."""
    top = tmp_path_factory.mktemp("collections")
    collection = top / "ansible_collections/fieldnet/iot"
    for path in known_to_git(*RUN_TIME, "galaxy.yml"):
        target = collection / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return top


def run(top: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(top), "PYTHONPATH": str(top)}
    return subprocess.run(
        command,
        check=False,
        cwd=top,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def test_every_plugin_loads_from_the_run_time_rooms_alone(run_time_only: Path) -> None:
    parts = (path.relative_to(PLUGINS).with_suffix("").parts for path in FILES)
    modules = [OURS + ".".join(found) for found in parts]
    script = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n"
    result = run(run_time_only, sys.executable, "-c", script, *modules)
    assert result.returncode == 0, result.stderr


def test_every_playbook_parses_by_its_full_name(run_time_only: Path) -> None:
    """All in one run, which names the first that doesn't."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    playbooks = [f"fieldnet.iot.{path.stem}" for path in sorted((ROOT / "playbooks").glob("*.yml"))]
    result = run(run_time_only, program, "--syntax-check", "-i", "localhost,", *playbooks)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("playbook: ") == len(playbooks)
