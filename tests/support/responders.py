# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responders on this machine's loopback interface, for as long as a test needs them."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import threading
import typing as t
from pathlib import Path
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service

KEY = "a key of the tests' own".replace(" ", "-")
OTHER_KEY = "another key of the tests'".replace(" ", "-")
SERVICE = _service.__file__


def free_port() -> int:
    """A port that nobody on this machine has, and that no outgoing connection takes by chance."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(_service.Unavailable):
            for sock in _service.listen([("tcp", port), ("udp", port)], ["0.0.0.0"]):
                sock.close()
            return port


PORT, PORT_2 = free_port(), free_port()
PORTS: t.Tuple[_service.Port, ...] = (("tcp", PORT), ("udp", PORT), ("udp", PORT_2))


@contextlib.contextmanager
def responder(
    ports: t.Sequence[_service.Port] = PORTS,
    addresses: t.Sequence[str] = ("127.0.0.1", "::1"),
    per_source: float = 1000.0,
    total: float = 5000.0,
) -> t.Iterator[_service.Server]:
    """A responder in a thread of this process."""
    sockets = _service.listen(ports, addresses)
    server = _service.Server(KEY.encode(), sockets, _service.Limiter(per_source, total))
    thread = threading.Thread(target=_serve, args=(server,))
    thread.start()
    try:
        yield server
    finally:
        server.stopping = True
        thread.join()
        for sock in sockets:
            sock.close()


def _serve(server: _service.Server) -> None:
    while not server.stopping:
        server.run(monotonic() + 0.05)


@contextlib.contextmanager
def service(config: t.Mapping[str, t.Any], key: bytes, folder: Path) -> t.Iterator[subprocess.Popen[bytes]]:
    """The service as systemd starts it: the one file, its configuration, the key on its standard input."""
    (folder / "responder.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "responder.key").write_bytes(key)
    with (folder / "responder.key").open("rb") as stdin:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", SERVICE, str(folder / "responder.json")],
            stdin=stdin,
            stderr=subprocess.PIPE,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
