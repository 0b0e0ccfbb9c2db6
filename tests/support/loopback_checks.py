# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/unit/test_interpreters.py runs on every Python found: the engine on loopback, with that Python alone.

No pytest, no Ansible, no dnspython. Written for Python 3.8. Prints one line for each check, and `good` at the end.
"""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any, Dict, List

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run

HEAVY = {"ssl", "dns", "asyncio", "http.client", "urllib.request"} & set(sys.modules)


def echo(sock: socket.socket) -> None:
    """Send back what comes."""
    while True:
        data, peer = sock.recvfrom(4096)
        sock.sendto(data, peer)


def main() -> None:
    """Check what must come out; stop at the first that does not."""
    expected = {}
    checks: List[Dict[str, Any]] = []
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        listener = socket.socket(family)
        listener.bind((host, 0))
        listener.listen(8)
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.bind((host, 0))
        threading.Thread(target=echo, args=(datagrams,), daemon=True).start()
        closed = socket.socket(family)
        closed.bind((host, 0))
        for kind, port, observation in (
            ("tcp", listener.getsockname()[1], "open"),
            ("tcp", closed.getsockname()[1], "closed_or_reset"),
            ("udp", datagrams.getsockname()[1], "open"),
            ("udp", 9, "closed"),
        ):
            checks.append({"id": f"{kind}/{host}/{observation}", "kind": kind, "host": host, "port": port})
            expected[f"{kind}/{host}/{observation}"] = observation
        keep.extend([listener, datagrams, closed])
    name: Dict[str, Any] = {"id": "name", "kind": "tcp", "host": "does-not-exist.invalid", "port": 1}
    here = {"id": "here", "kind": "tcp", "host": "localhost", "port": checks[0]["port"], "family": "ipv4"}
    link: Dict[str, Any] = {
        "id": "link",
        "kind": "link",
        "router": "192.0.2.1",
        "subnet": "192.0.2.0/24",
        "interface": "lo",
    }
    bound = {"id": "bound", "kind": "tcp", "host": "127.0.0.1", "port": checks[0]["port"], "interface": "lo"}
    library: Dict[str, Any] = {"id": "library", "kind": "dns", "name": "a.example", "server": "127.0.0.1"}
    checks += [name, here, link, bound, library]
    expected.update(name="name_error", here="open", link="unreachable", bound="open", library="not_run")
    for result in _run.run_checks(_model.parse_checks(checks, {"timeout": 2.0})):
        print(result["id"], result["observation"], result["reason"])
        if result["observation"] != expected[result["id"]]:
            raise SystemExit(f"{result['id']}: expected {expected[result['id']]}")
    if HEAVY:
        raise SystemExit(f"loaded without need: {HEAVY}")
    print("good")


keep: List[socket.socket] = []  # sockets that must stay open

if __name__ == "__main__":
    main()
