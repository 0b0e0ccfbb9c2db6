# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One TLS handshake over a connected socket, and what its failure means.

OpenSSL works on memory buffers here and the socket is ours: so a deadline holds for the whole handshake, and a
connection that is cut before the server's first byte can be told from one that fails later.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _stream, _tls_records
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._tls_stream import TlsStream, alert_of

_MAX_RECEIVED = 1024 * 1024
_NOT_YET_VALID, _HAS_EXPIRED = 9, 10  # OpenSSL's X509_V_ERR_CERT_*
_NOT_TLS = frozenset({"wrong_version_number", "record_layer_failure", "http_request", "packet_length_too_long"})


class TlsError(Exception):
    """A handshake that failed.

    ``cut``: the connection ended before the server said anything. ``unverified``: only the certificate was the matter.
    ``out_of_time``: and of that only its dates. ``ended``: the peer ended it, by an alert or without. ``heard``: the
    bytes that had come until then.
    """

    def __init__(
        self,
        reason: str,
        *,
        cut: bool = False,
        unverified: bool = False,
        out_of_time: bool = False,
        ended: bool = False,
    ) -> None:
        super().__init__(reason)
        self.cut = cut
        self.unverified = unverified
        self.out_of_time = out_of_time
        self.ended = ended or cut
        self.heard = b""


class Session(t.NamedTuple):
    """A completed handshake."""

    certificate: bytes
    chain: list[bytes]
    """As the server sent it, its own certificate first; empty where that can't be told."""
    protocol: str
    cipher: str
    alpn: str | None


def any_certificate(
    alpn: t.Sequence[str] = (), at_least: str = "MINIMUM_SUPPORTED", at_most: str = "MAXIMUM_SUPPORTED"
) -> ssl.SSLContext:
    """Takes whatever the server has, also by protocols that nobody should use any more: to see it.

    ``alpn``: the application protocols to offer (RFC 7301). ``at_least``, ``at_most``: names of ssl.TLSVersion.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion[at_least]
    context.maximum_version = ssl.TLSVersion[at_most]
    context.set_ciphers("ALL:@SECLEVEL=0")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def public_authorities() -> ssl.SSLContext:
    """Takes what this host's certificate authorities vouch for, for this server name."""
    return _authorities_of(ssl.get_default_verify_paths())


@functools.lru_cache(maxsize=1)
def _authorities_of(_paths: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """Loaded once for all checks. Not by create_default_context: what that demands depends on the Python."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context


def handshake(sock: socket.socket, context: ssl.SSLContext, server_name: str | None, deadline: float) -> Session:
    """Shake hands until the deadline; TlsError when that fails. The socket stays the caller's."""
    return converse(sock, context, server_name, deadline)[0]


def converse(
    sock: socket.socket, context: ssl.SSLContext, server_name: str | None, deadline: float
) -> tuple[Session, TlsStream]:
    """Shake hands as handshake does, and go on talking."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    heard = bytearray()
    try:
        while not _step(tls):
            data = _exchange(sock, outgoing.read(), deadline, len(heard))
            incoming.write(data)
            heard += data
    except TlsError as error:
        error.heard = bytes(heard)
        raise
    with contextlib.suppress(_stream.Silent, _stream.Ended):
        _stream.send(sock, outgoing.read(), deadline)  # our Finished: a server's log shows no broken handshake
    return _session(tls, bytes(heard)), TlsStream(sock, tls, incoming, outgoing)


def _step(tls: ssl.SSLObject) -> bool:
    """Go on with the handshake: True when it is complete, False when it needs the peer's next bytes."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLCertVerificationError as error:
        late = error.verify_code in (_NOT_YET_VALID, _HAS_EXPIRED)
        raise TlsError(error.verify_message, unverified=True, out_of_time=late) from None
    except ssl.SSLError as error:
        alert = alert_of(error)
        reason = f"the peer sent the alert {alert}" if alert else _words(error)
        raise TlsError(f"the TLS handshake failed: {reason}", ended=bool(alert)) from None
    return True


def _exchange(sock: socket.socket, data: bytes, deadline: float, received: int) -> bytes:
    try:
        _stream.send(sock, data, deadline)
        if received > _MAX_RECEIVED:
            raise TlsError(f"the TLS handshake did not end within {_MAX_RECEIVED} bytes")
        return _stream.receive(sock, deadline)
    except _stream.Silent:
        step = "the TLS handshake did not end in time" if received else "nothing answered the TLS ClientHello in time"
        raise TlsError(f"the TCP connection opened, but {step}") from None
    except _stream.Ended as end:
        if received:
            raise TlsError(f"something {end} during the TLS handshake", ended=True) from None
        raise TlsError(
            f"something {end} right after the TLS ClientHello: either this server does no TLS here, or refuses this "
            "server name, or a filter in the path cut it (which of them can't be told from here)",
            cut=True,
        ) from None


def _session(tls: ssl.SSLObject, heard: bytes) -> Session:
    certificate = tls.getpeercert(binary_form=True)
    cipher = tls.cipher()
    if not certificate:
        raise TlsError("the TLS handshake ended without a certificate")
    chain = _chain(tls, heard)
    return Session(
        certificate,
        chain if chain[:1] == [certificate] else [],
        tls.version() or "",
        cipher[0] if cipher else "",
        tls.selected_alpn_protocol(),
    )


def _chain(tls: ssl.SSLObject, heard: bytes) -> list[bytes]:
    unverified_chain = getattr(tls, "get_unverified_chain", None)  # Python 3.13
    if unverified_chain:
        return list(unverified_chain())[: _tls_records.MAX_CERTIFICATES]
    return _tls_records.chain(heard)


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's reason in plain words."""
    reason = (error.reason or "unknown error").lower()
    return "what answers does not speak TLS" if reason in _NOT_TLS else reason.replace("_", " ")
