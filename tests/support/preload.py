# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import what a check may import later: a probe that becomes nobody may not be let into the folder of this checkout."""

from __future__ import annotations

import importlib
import pkgutil

import dns.rdata

from ansible_collections.fieldnet.iot.plugins.module_utils import _probe


def preload() -> None:
    """Everything of the engine, and of dnspython, which finds its record types by name when the first is parsed."""
    for module in pkgutil.iter_modules(_probe.__path__):
        importlib.import_module(f"{_probe.__name__}.{module.name}")
    importlib.import_module("resource")  # the engine's own, when it counts how many sockets it may have
    dns.rdata.load_all_types()  # type: ignore[no-untyped-call]  # dnspython leaves this one untyped
    "localhost".encode("idna")  # Python finds this codec when the first name is looked up
