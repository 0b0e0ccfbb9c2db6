# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the rest of dnsmasq's configuration does to the names of some domains."""

from __future__ import annotations

import contextlib
import os
import typing as t
from pathlib import Path

from .._domains import lies_under
from ._config import Configuration, Directive, lines_of

_LOCAL_NAMES = ("host-record", "cname", "interface-name", "dynamic-host")


def rivals(configuration: Configuration, but: str, domains: t.Sequence[str]) -> list[str]:
    """Foreign lines that would keep ours from working, or that ours would keep from working; in words.

    For one name dnsmasq uses the line of the longest suffix alone, and of two lines for one domain one. (Lines for
    ipset don't matter: they are a list of their own.)
    """
    found = []
    for directive in _others(configuration.values("nftset"), but):
        for domain in _between_slashes(directive.value):
            touched = next((ours for ours in domains if _related(ours, domain)), None)
            if touched is not None:
                found.append(
                    f"{directive.place} fills sets for {domain or 'every name'}, and dnsmasq would use only one of"
                    f" that line and ours for {touched}: remove it there, or do without egress by domain"
                )
    return found


def local_answers(configuration: Configuration, domains: t.Sequence[str]) -> list[str]:
    """Names that dnsmasq answers by itself: with such answers it fills no set; in words."""
    found = []
    for place, name in _local_names(configuration):
        touched = next((ours for ours in domains if lies_under(name, ours)), None)
        if touched is not None:
            found.append(_local(place, name, touched))
    for place, domain in _local_domains(configuration):
        touched = next((ours for ours in domains if _related(ours, domain)), None)
        if touched is not None:
            found.append(_local(place, domain or "every name", touched))
    return found


def unread(configuration: Configuration, pid: int, but: str) -> list[str]:
    """Files that were changed since a process has read them: a restart puts that into effect as well; in words."""
    started = _started(pid)
    own = str(Path(but).resolve())
    found = []
    for file in sorted(configuration.files - {own}) if started else []:
        with contextlib.suppress(OSError):
            if Path(file).stat().st_mtime > started:
                found.append(f"{file} was changed after dnsmasq was started: the restart puts that into effect, too")
    return found


def _started(pid: int) -> float:
    """When a process began, late by a second at most; 0: it is not known."""
    try:
        boot = next(line for line in lines_of(Path("/proc/stat")) if line.startswith("btime "))
        ticks = int(
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
        )
        return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK") + 1
    except (OSError, StopIteration, ValueError, IndexError):
        return 0


def _local(place: str, name: str, domain: str) -> str:
    return (
        f"{place} lets dnsmasq answer {name} by itself, and such answers fill no set: what they name under {domain}"
        " stays closed. Remove it there, or name the address in the flow"
    )


def _local_domains(configuration: Configuration) -> t.Iterator[tuple[str, str]]:
    """What is answered for a whole domain: any address=/x/..., and local=/x/ or server=/x/ without a server."""
    for name in ("address", "local", "server"):
        for directive in configuration.values(name):
            target = directive.value.rpartition("/")[2]
            if directive.value.startswith("/") and (name == "address" or not target):
                yield from ((directive.place, domain) for domain in _between_slashes(directive.value))


def _local_names(configuration: Configuration) -> t.Iterator[tuple[str, str]]:
    for option in _LOCAL_NAMES:
        for directive in configuration.values(option):
            parts = [part.strip().lower() for part in directive.value.split(",")]
            # The last name of a cname is its target.
            names = parts[:-1] if option == "cname" else parts
            yield from ((directive.place, name) for name in names if "." in name)
    files = [] if configuration.values("no-hosts") else ["/etc/hosts"]
    for file in [*files, *(directive.value for directive in configuration.values("addn-hosts"))]:
        for number, line in enumerate(lines_of(Path(file)), 1):
            names = line.partition("#")[0].lower().split()[1:]
            yield from ((f"{file} line {number}", name) for name in names)


def _others(directives: t.Iterable[Directive], but: str) -> list[Directive]:
    own = Path(but).resolve()
    return [directive for directive in directives if Path(directive.place.rpartition(" line ")[0]).resolve() != own]


def _between_slashes(value: str) -> list[str]:
    """The domains of a value such as /a.example/b.example/rest, leading dots left out, # as the empty one: all."""
    domains = value.split("/")[1:-1]
    return ["" if domain == "#" else domain.lstrip(".").rstrip(".").lower() for domain in domains]


def _related(one: str, other: str) -> bool:
    """Whether some name lies under both."""
    return not other or lies_under(one, other) or lies_under(other, one)
