# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""TLS for DNS (RFC 7858, RFC 8484): the connection, and what is known of who answers it."""

from __future__ import annotations

import socket
from typing import Any

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _certificate, _dns_https, _handshake
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._tls_stream import TlsStream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check


def open_stream(
    sock: socket.socket, address: str, check: Check, deadline: float
) -> tuple[TlsStream | None, dict[str, Any], str]:
    """A stream to talk over, or none; what is known of the server; and what went wrong ("...")."""
    name = check["server_name"] or (_dns_https.host_of(check["url"]) if check["url"] else address)
    seen: dict[str, Any] = {"server_name": name, "verified": None, "certificate": None, "protocol": None}
    validate = check["validate_certs"]
    context = _handshake.public_authorities() if validate else _handshake.any_certificate()
    try:
        session, stream = _handshake.converse(sock, context, name, deadline)
    except _handshake.TlsError as error:
        seen["verified"] = False if error.unverified else None
        return None, seen, _complaint(error, name)
    certificate = _certificate.fingerprint(session.certificate)
    seen.update(verified=True if validate else None, certificate=certificate, protocol=session.protocol)
    return stream, seen, ""


def _complaint(error: _handshake.TlsError, name: str) -> str:
    if error.unverified:
        remedy = "if that is as it should be, set validate_certs to false, or server_name to what its certificate says"
        return f"presented a certificate that nobody this host trusts vouches for under {name} ({error}): {remedy}"
    return f"was reached, but {error}"
