# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""podman as the lab uses it: settings that keep all of its state in the private /run of `enter`."""

from __future__ import annotations

from .layout import RUN
from .shell import run

CONTAINERS_CONF = f"""\
[containers]
# A machine without the pids controller refuses a limit.
pids_limit = 0
# Without CAP_SYS_RESOURCE the usual limits can't be raised.
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
apparmor_profile = "unconfined"

[engine]
runtime = "crun"
cgroup_manager = "cgroupfs"
events_logger = "none"

[network]
network_backend = "netavark"
network_config_dir = "{RUN}/networks"
"""

# Containers run on overlays of a plain directory, so no image ever lands in this storage.
STORAGE_CONF = f"""\
[storage]
driver = "vfs"
graphroot = "{RUN}/storage"
runroot = "{RUN}/containers"
"""


def configure() -> dict[str, str]:
    """Write podman's settings and return the environment that makes it read them."""
    files = {"CONTAINERS_CONF": CONTAINERS_CONF, "CONTAINERS_STORAGE_CONF": STORAGE_CONF}
    for name, text in files.items():
        (RUN / name).write_text(text)
    return {name: str(RUN / name) for name in files}


def podman(*argv: str, timeout: float = 60) -> str:
    """Run podman and return what it printed."""
    return run("podman", *argv, timeout=timeout)
