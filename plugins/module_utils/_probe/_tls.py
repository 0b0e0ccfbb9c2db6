# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""TLS: whose certificate a server presents, and whether somebody in the path presents another."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from time import monotonic
from typing import Any

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _certificate, _handshake, _outcome, _tls_cut
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._handshake import Session, TlsError
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, each_address, entry, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Result

_NO_AUTHORITIES = "this host has no certificate authorities (package ca-certificates)"
_VERSIONS = {"TLSv1": "TLSv1", "TLSv1_1": "TLSv1.1", "TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}


def run(check: Check, deadline: float) -> Result:
    """Shake hands with every address of the host."""
    addresses = resolve(check["host"], check, deadline)
    outcomes = each_address(addresses, lambda address: _Server(address, check, deadline).examine())
    return _outcome.result(target_of(check["host"], check["port"]), outcomes, alarms=("intercepted",))


class _Server:
    """One address. It is met once more for each thing that one handshake can't show: whether authorities vouch for it,
    its chain (TLS 1.3, before Python 3.13), the versions it takes.
    """

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
            session = self._shake(sock, _handshake.any_certificate(self.check["alpn"]))
        except TlsError as error:
            told = ""
            if error.cut:
                details["cut"] = True
                details["other_names"], told = _tls_cut.explain(self.address, self.check, self.deadline)
            return entry(self.address, "tls_error", f"{self.address}: {error}{told}", started), details
        observation, reason = self._judge(session, details)
        if self.check["versions"]:
            details["versions"] = self._versions()
        seen = entry(self.address, observation, f"{self.address} {reason}", started)
        return {**seen, "certificate": details["certificate"]["sha256"]}, details

    def _judge(self, session: Session, details: dict[str, Any]) -> tuple[str, str]:
        certificate = _certificate.describe(session.certificate)
        details.update(certificate=certificate, protocol=session.protocol, cipher=session.cipher, alpn=session.alpn)
        details.update(verified=None, verify_error=None, chain=[certificate], chain_complete=False)
        broken = _broken(certificate, self.check)
        if self.check["pins"] and not broken:
            self._tell_chain(session.chain, details)
            return "trusted", f"presented the pinned certificate {certificate['sha256']}"
        self._verify(session, details)
        presented = f"presented {certificate['sha256']}" + (
            f" (subject {certificate['subject']}, issuer {certificate['issuer']})" if "issuer" in certificate else ""
        )
        if broken:
            return "intercepted", f"{presented}, which {broken}: {_suspect(details)}"
        if details["verified"]:
            return "trusted", f"presented a certificate that a public authority vouches for ({certificate['sha256']})"
        doubt = "could not be verified" if details["verified"] is None else "no public authority vouches for"
        named = " names the expected issuer, as anybody can, and" if self.check["issuer"] else ""
        return "unproven", (
            f"{presented}, which{named} {doubt} ({details['verify_error']}): "
            "pin it, if it is the server's own, to settle whether somebody in the path re-signs"
        )

    def _verify(self, session: Session, details: dict[str, Any]) -> None:
        """Whether the certificate authorities of this host vouch for the server under its name."""
        failure = None
        try:
            self._again(_handshake.public_authorities())
        except TlsError as error:
            failure = error
        details["verified"] = True if failure is None else False if failure.unverified else None
        self._tell_chain(session.chain or self._chain_of(session.certificate), details)
        if failure:
            clock = _against_the_clock(details["chain"]) if failure.out_of_time else ""
            details["verify_error"] = f"{failure}{clock}" + ("" if _has_authorities() else f"; {_NO_AUTHORITIES}")

    def _tell_chain(self, chain: list[bytes], details: dict[str, Any]) -> None:
        if chain:
            details.update(chain=[_certificate.describe(one) for one in chain], chain_complete=True)

    def _chain_of(self, certificate: bytes) -> list[bytes]:
        """What the server sends before its certificate in the clear; nothing if it shows another one now."""
        try:
            session = self._again(_handshake.any_certificate(self.check["alpn"], at_most="TLSv1_2"))
        except TlsError:
            return []
        return session.chain if session.certificate == certificate else []

    def _versions(self) -> list[str]:
        """The versions of TLS that the server takes, of those that this host can speak."""

        def taken(version: str) -> bool:
            try:
                self._again(_handshake.any_certificate(self.check["alpn"], at_least=version, at_most=version))
            except (TlsError, ValueError):
                return False
            return True

        return [_VERSIONS[name] for name, works in zip(_VERSIONS, each_address(list(_VERSIONS), taken)) if works]

    def _again(self, context: ssl.SSLContext) -> Session:
        sock, seen = connect_tcp(self.address, self.check["port"], self.check, self.deadline)
        if sock is None:
            raise TlsError(f"another connection to verify it failed: {seen['reason']}")
        return self._shake(sock, context)

    def _shake(self, sock: socket.socket, context: ssl.SSLContext) -> Session:
        with sock:
            return _handshake.handshake(sock, context, self.name, self.deadline)


def _broken(certificate: dict[str, Any], check: Check) -> str:
    """Which expectation a certificate does not meet ("is none of ..."), nothing if it meets all."""
    pins, issuer = check["pins"], check["issuer"]
    if pins and certificate["sha256"] not in pins and certificate.get("spki_sha256") not in pins:
        return "is none of the pinned certificates"
    if issuer and issuer.casefold() not in certificate.get("issuer", "").casefold():
        return f"does not name {issuer} as its issuer"
    return ""


def _suspect(details: dict[str, Any]) -> str:
    if details["verified"]:
        return "but a public authority vouches for it under this name, so that the server may have changed it"
    return "somebody in the path re-signs the connection, or the server changed its certificate"


def _against_the_clock(chain: list[dict[str, Any]]) -> str:
    """Whose dates they are, and what time this host thinks it is: as often it is the clock that is wrong."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for one in chain:
        if one.get("not_after") and one["not_after"] < now:
            return f": {one['subject']} was valid until {one['not_after']}, and this host's clock says {now}"
        if one.get("not_before") and one["not_before"] > now:
            return f": {one['subject']} is valid from {one['not_before']}, and this host's clock says {now}"
    return f": this host's clock says {now}"


def _has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return True
    return bool(paths.capath) and any(Path(paths.capath).iterdir())
