# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes' root file system from a Debian image of a registry, instead of from a Debian mirror alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# What podman keeps goes with the script.
SCRIPT = r"""
set -eu
root=$1 image=$2 source=$3 proxy=$4 hook=$5
shift 5
storage=$root.storage
state=$(mktemp -d) # which podman wants to have a short name
ours() { podman --root "$storage" --runroot "$state" --storage-driver vfs "$@"; }
finish() {
    umount "$root/proc" 2>/dev/null || true
    ours image umount --all >/dev/null 2>&1 || true
    rm -rf "$storage" "$state"
}
trap finish EXIT
mkdir "$root"
id=$(ours pull --quiet "$image")
cp -a "$(ours image mount "$id")/." "$root"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service starts while packages are installed
chmod 755 "$root/usr/sbin/policy-rc.d"
rm -f "$root"/etc/apt/sources.list.d/*
echo "deb $source" >"$root/etc/apt/sources.list"
[ -z "$proxy" ] || echo "Acquire::http::Proxy \"$proxy\";" >"$root/etc/apt/apt.conf.d/99proxy"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get update -qq
chroot "$root" apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
rm "$root/usr/sbin/policy-rc.d"
"$hook" "$root"
"""


def command(root: Path, image: str, source: str, proxy: str, hook: Path, packages: Sequence[str]) -> list[str]:
    """What makes it: of that image, with packages from that source (a mirror, a release and its components)."""
    return ["sh", "-c", SCRIPT, "public_image", str(root), image, source, proxy, str(hook), *packages]
