# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root file system of every node: a small Debian with the daemons of a site, built once per recipe."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import sys
from pathlib import Path

from . import public_image
from .layout import BUILD, PUBLIC_IMAGE, RELEASE
from .shell import LabError, passthrough, run

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "procps", "python3", "python3-dnspython", "openssh-server", "openssl"),
    *("iproute2", "iputils-ping", "ifupdown", "nftables", "iptables", "conntrack"),
    *("dnsmasq", "kea-dhcp4-server", "isc-dhcp-server", "udhcpc", "isc-dhcp-client", "chrony", "mosquitto"),
    *("firewalld", "lldpd"),
)

# Each node enables its own daemons. Units that would reach past the container into the kernel are masked.
CUSTOMIZE = r"""
set -eu
cd "$1"
chroot . systemctl disable --quiet dnsmasq kea-dhcp4-server isc-dhcp-server mosquitto chrony nftables firewalld lldpd
masked='proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount systemd-binfmt systemd-modules-load
modprobe@ sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount sys-kernel-config.mount
dev-hugepages.mount systemd-remount-fs systemd-pstore systemd-hwdb-update systemd-timesyncd systemd-logind
systemd-update-utmp systemd-firstboot getty@ console-getty kmod-static-nodes
e2scrub_reap e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer'
for unit in $masked; do
    case $unit in *.*) ;; *) unit=$unit.service ;; esac
    ln -sf /dev/null "etc/systemd/system/$unit"
done
rm -f usr/lib/sysctl.d/* etc/ssh/ssh_host_* etc/machine-id etc/resolv.conf etc/hostname
touch etc/machine-id
printf '127.0.0.1 localhost\n::1 localhost\n' >etc/hosts
echo LANG=C.UTF-8 >etc/default/locale
"""


def ensure() -> Path:
    """Return the root file system, building it first where this recipe was never built."""
    target = BUILD / "image" / f"{RELEASE}-{_recipe_hash()}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _build(target)
    return target


def _recipe_hash() -> str:
    """Hash what the image is made of. The mirror isn't part of it: it changes where, not what."""
    origin = [PUBLIC_IMAGE, public_image.SCRIPT] if PUBLIC_IMAGE else _options()
    recipe = "\n".join([RELEASE, *PACKAGES, CUSTOMIZE, *origin])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def _options() -> list[str]:
    slim = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"]
    return [
        "--mode=root",
        "--variant=minbase",
        "--quiet",
        *(f"--dpkgopt=path-exclude={path}" for path in slim),
        "--dpkgopt=force-unsafe-io",
        "--aptopt=Acquire::Languages none",
    ]


def _build(target: Path) -> None:
    """Build beside the target and rename, so that a half-built image is never taken for one."""
    for stale in target.parent.glob("*.part"):
        shutil.rmtree(stale)
    part = target.with_suffix(".part")
    hook = target.parent / "customize"
    hook.write_text(f"#!/bin/sh\n{CUSTOMIZE}")
    hook.chmod(0o755)
    mirror, proxy = _mirror(), _proxy()
    origin = f"{PUBLIC_IMAGE} and {mirror}" if PUBLIC_IMAGE else mirror
    print(f"Building the lab's image once: Debian {RELEASE} from {origin} (half a minute)", file=sys.stderr, flush=True)
    build = [
        "mmdebstrap",
        *_options(),
        *([f'--aptopt=Acquire::http::Proxy "{proxy}"'] if proxy else []),
        f"--include={','.join(PACKAGES)}",
        f'--customize-hook={shlex.quote(str(hook))} "$1"',
        RELEASE,
        str(part),
        mirror,
    ]
    if PUBLIC_IMAGE:
        build = public_image.command(part, PUBLIC_IMAGE, f"{mirror} {RELEASE} main", proxy, hook, PACKAGES)
    # Its mounts and processes live in namespaces of their own, and die with us.
    die_with_us = ["setpriv", "--pdeathsig", "KILL"]
    isolate = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if passthrough([*die_with_us, *isolate, *build]):
        raise LabError(
            f"the lab's image could not be built from {origin}; "
            "if that mirror can't be reached from here, name another one with LAB_MIRROR=URL"
        )
    part.rename(target)


def _mirror() -> str:
    """Return the Debian mirror that this machine itself uses: it is known to be reachable."""
    named = os.environ.get("LAB_MIRROR")
    if named:
        return named
    own = platform.freedesktop_os_release()
    if own.get("ID") == "debian":
        wanted = f"{own.get('VERSION_CODENAME')} main"
        fields = "$(REPO_URI)|$(CODENAME) $(COMPONENT)"
        for line in run("apt-get", "indextargets", "--format", fields, "Created-By: Packages").splitlines():
            uri, suite = line.split("|", 1)
            if suite == wanted:
                return uri.rstrip("/")
    raise LabError(
        "this machine's apt names no Debian mirror to build the lab's image from: name one with LAB_MIRROR=URL"
    )


def _proxy() -> str:
    """The proxy of this machine's apt, which mmdebstrap doesn't read by itself."""
    configured = run("apt-config", "shell", "proxy", "Acquire::http::Proxy").strip()
    return "".join(shlex.split(configured)).partition("=")[2]
