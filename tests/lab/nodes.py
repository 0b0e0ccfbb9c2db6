# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes' life: boot, readiness, reboot, removal."""

from __future__ import annotations

import hashlib
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .layout import IMAGE, KEYS, MGMT_OURS, MGMT_SUBNET, NODE_FILES, NODES, SEGMENTS, Node
from .podman import podman
from .shell import LabError, passthrough, run

READY_TIMEOUT = 60
# The kernel is shared: no node may load modules, set the clock or read the log of the machine.
DROPPED_CAPABILITIES = "SYS_MODULE,SYS_TIME,SYS_RAWIO,SYSLOG,SYS_BOOT"

# `is-system-running --wait` would not do: before systemd listens it fails instead of waiting.
AWAIT_BOOT = """
while :; do
    state=$(systemctl is-system-running 2>/dev/null)
    case $state in running | degraded) echo "$state"; exit ;; esac
    sleep 0.05
done
"""


def up() -> None:
    """Boot every node in parallel and return when all of them are ready."""
    started = time.monotonic()
    existing = set(podman("ps", "--all", "--format", "{{.Names}}").split())
    _networks()
    _each(_start, [node for node in NODES.values() if node.name not in existing])
    _each(_wait_ready, NODES.values())
    print(f"The lab is up ({time.monotonic() - started:.1f} s): {', '.join(NODES)}")


def down() -> None:
    """Remove every node and network."""
    podman("rm", "--all", "--force", "--time", "0", "--volumes")
    podman("network", "rm", "--force", "mgmt", *SEGMENTS)


def status() -> None:
    """Print the nodes with their state and management address."""
    listed = podman("ps", "--all", "--format", "{{.Names}} {{.Status}}").splitlines()
    states = dict(line.split(" ", 1) for line in listed)
    for node in NODES.values():
        print(f"{node.name:<10}{node.mgmt:<14}{states.get(node.name, 'not there')}")


def reboot(name: str) -> None:
    """Shut a node down in order and boot it again; its files stay, its runtime state doesn't."""
    podman("restart", "--time", "20", name)
    _wait_ready(NODES[name])


def crash(name: str) -> None:
    """Cut a node's power and boot it again."""
    podman("kill", name)
    podman("wait", name)
    podman("container", "cleanup", name)  # its network goes, too, as a machine's would
    podman("start", name)
    _wait_ready(NODES[name])


def execute(name: str, command: list[str]) -> int:
    """Run a command on a node, on our own terminal."""
    terminal = ["--tty"] if sys.stdin.isatty() else []
    return passthrough(["podman", "exec", "--interactive", *terminal, name, *(command or ["/bin/bash"])])


def pin() -> str:
    """Return the pin of the cloud's certificate, as a site's data has it."""
    pem = podman("exec", "cloud", "cat", "/etc/lab/tls/cert.pem")
    return f"sha256:{hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()}"


def _networks() -> None:
    existing = set(podman("network", "ls", "--format", "{{.Name}}").split())
    if "mgmt" not in existing:
        podman("network", "create", "--disable-dns", "--internal", "--subnet", MGMT_SUBNET, "mgmt")
    for segment in SEGMENTS:
        if segment not in existing:
            podman("network", "create", "--disable-dns", "--internal", "--ipam-driver", "none", segment)
    _join_management()


def _join_management() -> None:
    """Give ourselves an address on the management network: an internal one has none for its host."""
    bridge = podman("network", "inspect", "--format", "{{.NetworkInterface}}", "mgmt").strip()
    if not Path("/sys/class/net", bridge).exists():
        run("ip", "link", "add", bridge, "type", "bridge")
    run("ip", "address", "replace", MGMT_OURS, "dev", bridge)
    run("ip", "link", "set", bridge, "up")


def _start(node: Node) -> None:
    # A MAC address of its own, or after a reboot its neighbours would look for it at the old one.
    networks = [f"mgmt:ip={node.mgmt},mac={node.mgmt_mac},interface_name=mgmt0"]
    networks += [f"{name}:interface_name={name}0,mac={mac}" for name, mac in node.segments.items()]
    podman(
        *("run", "--detach", "--name", node.name, "--hostname", node.name, "--tty"),
        *("--systemd=always", "--privileged", f"--cap-drop={DROPPED_CAPABILITIES}"),
        *("--dns=none", "--no-hosts", *(f"--network={network}" for network in networks)),
        f"--volume={NODE_FILES}:/lab/nodes:ro",
        f"--volume={KEYS}:/lab/keys:ro",
        *("--rootfs", f"{IMAGE.resolve()}:O"),
        *("/bin/sh", "/lab/nodes/start", node.name),
    )


def _wait_ready(node: Node) -> None:
    """Wait until all units of the node have started and its SSH server answers."""
    state = podman("exec", node.name, "timeout", str(READY_TIMEOUT), "sh", "-c", AWAIT_BOOT, timeout=2 * READY_TIMEOUT)
    if state.strip() != "running":
        raise LabError(f"{node.name} booted with failed units\n{_diagnosis(node)}")
    deadline = time.monotonic() + READY_TIMEOUT
    while not _ssh_answers(node):
        if time.monotonic() > deadline:
            raise LabError(f"{node.name} does not answer SSH at {node.mgmt}\n{_diagnosis(node)}")
        time.sleep(0.1)


def _ssh_answers(node: Node) -> bool:
    try:
        with socket.create_connection((node.mgmt, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _diagnosis(node: Node) -> str:
    try:
        script = "systemctl --failed --no-legend --plain; journalctl --no-pager --lines 30 --priority warning"
        return run("podman", "exec", node.name, "sh", "-c", script)
    except LabError as error:
        return str(error)


def _each(call: Callable[[Node], None], nodes: Iterable[Node]) -> None:
    """Call it for all nodes at once, and report the failures of all of them."""
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(call, node) for node in nodes]
    errors = [str(error) for error in (future.exception() for future in futures) if error]
    if errors:
        raise LabError("\n".join(errors))
