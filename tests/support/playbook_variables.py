"""What variables a playbook reads, found by reading it as Ansible does: plays, tasks, roles, and all they include."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import jinja2
import yaml
from jinja2 import meta, nodes

ROOT = Path(__file__).parents[2]
OURS = "fieldnet.iot."
# Set by our inventory plugin on each host, or by the run itself.
GIVEN = {"iot_site", "iot_site_file"}
# Set by one playbook alone (`provision`, `explain`), in tasks that others share.
INTERNAL = {"iot_transaction", "iot_asked_flow", "iot_more_follows"}
_BARE = ("when", "until", "changed_when", "failed_when", "that", "var", "loop")
_FILES = ("import_tasks", "include_tasks")
_ROLES = ("import_role", "include_role")


class Read(t.NamedTuple):
    """One place where a template reads a variable, and through which filters."""

    name: str
    filters: t.Tuple[str, ...]
    has_default: bool
    default: t.Any  # where it is written as a value
    empty_is_default: bool


def _any(*_args: object) -> bool:
    return True


class Reader:
    """Collects the names that templates read, and those that tasks set."""

    def __init__(self) -> None:
        self.read: t.Set[str] = set()
        self.reads: t.List[Read] = []
        self.set: t.Set[str] = GIVEN | INTERNAL
        self._seen: t.Set[Path] = set()
        self._jinja = jinja2.Environment(autoescape=True)
        for name in ("bool", "strftime", "flatten", "dict2items", "mandatory"):
            self._jinja.filters[name] = _any
        for name in ("failed", "changed"):
            self._jinja.tests[name] = _any

    def playbook(self, name: str) -> None:
        self._file(ROOT / "playbooks" / f"{name}.yml")

    def _file(self, path: Path) -> None:
        if path not in self._seen:
            self._seen.add(path)
            self._walk(yaml.safe_load(path.read_text(encoding="utf-8")), path)

    def _role(self, name: str) -> None:
        role = ROOT / "roles" / name[len(OURS) :]
        self._file(role / "tasks" / "main.yml")
        self._file(role / "defaults" / "main.yml")

    def _walk(self, found: t.Any, path: Path, key: str = "") -> None:
        if isinstance(found, str):
            self._template(f"{{{{ {found} }}}}" if key in _BARE and "{{" not in found else found)
        elif isinstance(found, list):
            for one in found:
                self._walk(one, path, key)
        elif isinstance(found, dict):
            for name, value in found.items():
                self._key(str(name), value, path)
                self._walk(value, path, str(name))

    def _key(self, name: str, value: t.Any, path: Path) -> None:
        short = name.rpartition(".")[2]
        if short in _FILES:
            self._file(path.parent / value)
        elif short in _ROLES:
            self._role(value["name"])
        elif short == "import_playbook":
            self.playbook(value[len(OURS) :])
        elif name == "register":
            self.set.add(value)
        elif short in ("set_fact", "vars"):
            self.set.update(value)
        elif name.endswith("_var"):  # an option that takes a variable by its name
            self.read.add(str(value))

    def _template(self, text: str) -> None:
        if "{{" in text or "{%" in text:
            tree = self._jinja.parse(text)
            self.read.update(meta.find_undeclared_variables(tree))
            self._follow(tree, [])

    def _follow(self, node: nodes.Node, filters: t.List[nodes.Filter]) -> None:
        """Down to the names; a filter's input comes before its arguments."""
        if isinstance(node, nodes.Name):
            self.reads.append(_read(node.name, filters))
        for name, value in node.iter_fields():
            through = [node, *filters] if isinstance(node, nodes.Filter) and name == "node" else []
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, nodes.Node):
                    self._follow(one, through)


def _read(name: str, filters: t.Sequence[nodes.Filter]) -> Read:
    default = next((one for one in filters if one.name == "default"), None)
    values = [one.value if isinstance(one, nodes.Const) else None for one in default.args] if default else []
    empty = len(values) > 1 and values[1] is True
    first = values[0] if values else None
    return Read(name, tuple(one.name for one in filters), default is not None, first, empty)


@functools.lru_cache(maxsize=None)
def reader(playbook: str) -> Reader:
    """A playbook, read."""
    found = Reader()
    found.playbook(playbook)
    return found


def variables(playbook: str) -> t.Set[str]:
    """The variables of ours that a user may give to a playbook."""
    found = reader(playbook)
    # The inventory's option, which the actions that read sites take from there.
    inventory = {"iot_invalid_sites"} if "iot_sites" in found.read else set()
    return {name for name in (found.read - found.set) | inventory if name.startswith("iot_")}


def reads(playbook: str) -> t.List[Read]:
    """Each place where templates of a playbook read a variable."""
    return reader(playbook).reads
