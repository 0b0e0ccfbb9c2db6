# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""TLS: whose certificate a server presents, and whether somebody in the path presents another."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from time import monotonic
from typing import Any

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _handshake, _outcome
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._handshake import Identity, Session, TlsError
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, each_address, entry, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Result

_NO_AUTHORITIES = "this host has no certificate authorities (package ca-certificates)"


def run(check: Check, deadline: float) -> Result:
    """Shake hands with every address of the host."""
    addresses = resolve(check["host"], check, deadline)
    outcomes = each_address(addresses, lambda address: _Server(address, check, deadline).examine())
    return _outcome.result(target_of(check["host"], check["port"]), outcomes, alarms=("intercepted",))


class _Server:
    """One address, which is met up to three times: to see its certificate, to verify it, to read it."""

    def __init__(self, address: str, check: Check, deadline: float) -> None:
        self.address = address
        self.check = check
        self.deadline = deadline
        self.name: str = check["server_name"] or check["host"]

    def examine(self) -> _outcome.Outcome:
        started = monotonic()
        sock, seen = connect_tcp(self.address, self.check["port"], self.check, self.deadline)
        if sock is None:
            return seen, {}
        details: dict[str, Any] = {"cut": False, "certificate": None}
        try:
            session = self._shake(sock, _handshake.any_certificate())
        except TlsError as error:
            details["cut"] = error.cut
            return entry(self.address, "tls_error", f"{self.address}: {error}", started), details
        observation, reason = self._judge(session, details)
        seen = entry(self.address, observation, f"{self.address} {reason}", started)
        return {**seen, "certificate": details["certificate"]["sha256"]}, details

    def _judge(self, session: Session, details: dict[str, Any]) -> tuple[str, str]:
        seen = _handshake.fingerprint(session.certificate)
        details["certificate"] = {"sha256": seen}
        details.update(protocol=session.protocol, cipher=session.cipher, verified=None, verify_error=None)
        pins = self.check["pins"]
        if seen in pins:
            return "trusted", f"presented the pinned certificate {seen}"
        identity = self._verify(details) or self._read(session.certificate)
        details["certificate"] = _described(seen, identity)
        presented = f"presented {seen}" + (
            f" (subject {identity.subject}, issuer {identity.issuer})" if identity else ""
        )
        if pins:
            return "intercepted", f"{presented}, which is none of the pinned certificates: {_suspect(details)}"
        if details["verified"]:
            return "trusted", f"presented a certificate that a public authority vouches for ({seen})"
        doubt = "could not be verified" if details["verified"] is None else "no public authority vouches for"
        return "unproven", (
            f"{presented}, which {doubt} ({details['verify_error']}): "
            "pin it, if it is the server's own, to settle whether somebody in the path re-signs"
        )

    def _verify(self, details: dict[str, Any]) -> Identity | None:
        """Whether the certificate authorities of this host vouch for the server under its name."""
        try:
            identity = self._again(_handshake.public_authorities()).identity
        except TlsError as error:
            details["verified"] = False if error.unverified else None
            details["verify_error"] = str(error) + ("" if _has_authorities() else f"; {_NO_AUTHORITIES}")
            return None
        details["verified"] = True
        return identity

    def _read(self, certificate: bytes) -> Identity | None:
        """What the certificate says of itself; None when the server shows another one now, or it can't be read."""
        try:
            return self._again(_handshake.only(certificate)).identity
        except (TlsError, ssl.SSLError):
            return None

    def _again(self, context: ssl.SSLContext) -> Session:
        sock, seen = connect_tcp(self.address, self.check["port"], self.check, self.deadline)
        if sock is None:
            raise TlsError(f"another connection to verify it failed: {seen['reason']}")
        return self._shake(sock, context)

    def _shake(self, sock: socket.socket, context: ssl.SSLContext) -> Session:
        with sock:
            return _handshake.handshake(sock, context, self.name, self.deadline)


def _described(sha256: str, identity: Identity | None) -> dict[str, Any]:
    return {"sha256": sha256, **(identity._asdict() if identity else {})}


def _suspect(details: dict[str, Any]) -> str:
    if details["verified"]:
        return "but a public authority vouches for it under this name, so that the server may have changed it"
    return "somebody in the path re-signs the connection, or the server changed its certificate"


def _has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return True
    return bool(paths.capath) and any(Path(paths.capath).iterdir())
