# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines of `enter` and `lab`: arguments in, one call, one line for what went wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import faults, namespaces, nodes
from .layout import NODES
from .shell import LabError


def main(program: str, argv: Sequence[str]) -> int:
    """Run one of the two programs and return its exit code."""
    try:
        return _enter(argv) if program == "enter" else _lab(argv)
    except LabError as error:
        print(f"tests/lab/{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _enter(argv: Sequence[str]) -> int:
    if not argv or argv[0] in {"-h", "--help"}:
        print("usage: tests/lab/enter CMD...   (runs CMD where `tests/lab/lab up` can boot the lab)", file=sys.stderr)
        return 0 if argv else 2
    return namespaces.enter(argv)


def _lab(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    if not namespaces.inside():
        raise LabError(f"runs inside the lab's namespaces only: tests/lab/enter tests/lab/lab {' '.join(argv)}")
    return int(options.call(options) or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/lab/lab", description="The site in a box.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    command("up", "boot all nodes and wait until they are ready").set_defaults(call=lambda _: nodes.up())
    command("down", "remove all nodes and networks").set_defaults(call=lambda _: nodes.down())
    command("status", "show the nodes and their state").set_defaults(call=lambda _: nodes.status())
    command("pin", "print the pin of the cloud's TLS certificate").set_defaults(call=lambda _: print(nodes.pin()))
    reboot = command("reboot", "reboot a node and wait until it is ready")
    reboot.add_argument("node", choices=NODES)
    reboot.set_defaults(call=lambda options: nodes.reboot(options.node))
    crash = command("crash", "cut a node's power, boot it again and wait until it is ready")
    crash.add_argument("node", choices=NODES)
    crash.set_defaults(call=lambda options: nodes.crash(options.node))
    execute = command("exec", "run a command on a node")
    execute.add_argument("node", choices=NODES)
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="CMD")
    execute.set_defaults(call=lambda options: nodes.execute(options.node, options.command))
    fault = command("fault", "break a port of the cloud, or mend all of them").add_subparsers(required=True)
    for kind in faults.KINDS:
        broken = fault.add_parser(kind, help=faults.KINDS[kind])
        broken.add_argument("protocol", choices=("tcp", "udp"))
        broken.add_argument("port", type=faults.port)
        broken.set_defaults(call=lambda options, kind=kind: faults.add(kind, options.protocol, options.port))
    fault.add_parser("clear", help="mend everything").set_defaults(call=lambda _: faults.clear())
    return parser
