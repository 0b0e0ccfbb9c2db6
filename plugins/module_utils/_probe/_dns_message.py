# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DNS messages: what to ask, whether a packet answers it, and whether that is what was expected.

The only place that speaks to dnspython. It is imported when a check needs it, and its absence is a finding.
"""

from __future__ import annotations

import struct
import traceback
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._outcome import printable
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import MissingLibrary

try:
    import dns.edns
    import dns.exception
    import dns.flags
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.rrset
    import dns.version

    HAS_DNSPYTHON = (dns.version.MAJOR, dns.version.MINOR) >= (2, 1)
    DNSPYTHON_ERROR = None if HAS_DNSPYTHON else f"dnspython {dns.version.version} is too old"
except ImportError:
    HAS_DNSPYTHON = False
    DNSPYTHON_ERROR = traceback.format_exc()

if HAS_DNSPYTHON:
    # As bytes: newer versions refuse a whole reply when the text in this option is not UTF-8.
    dns.edns.register_type(dns.edns.GenericOption, dns.edns.OptionType.make(15))

LIBRARY = "dnspython >= 2.1"
PAYLOAD = 1232  # what EDNS offers to take over UDP: it crosses any IPv6 path whole

_MAX_TEXT = 1000
_MAX_ALIASES = 16
_MAX_ERRORS = 8
_MAX_ERROR_TEXT = 200
_SHOWN_FLAGS = ("aa", "tc", "ra", "ad")
_NO_EDNS = frozenset({"FORMERR", "NOTIMP", "BADVERS"})
_EXTENDED_ERROR = 15  # the EDNS option (RFC 8914)
_UNKNOWN = "unknown error"
_ERRORS = (  # RFC 8914 section 4, RFC 9276 section 3.2
    "other error", "unsupported DNSKEY algorithm", "unsupported DS digest type", "stale answer", "forged answer",
    "DNSSEC indeterminate", "DNSSEC bogus", "signature expired", "signature not yet valid", "DNSKEY missing",
    "RRSIGs missing", "no zone key bit set", "NSEC missing", "cached error", "not ready", "blocked", "censored",
    "filtered", "prohibited", "stale NXDOMAIN answer", "not authoritative", "not supported", "no reachable authority",
    "network error", "invalid data", "signature expired before valid", "too early", "unsupported NSEC3 iterations",
)  # fmt: skip
_FILTERS = frozenset({4, 15, 16, 17})


class ExtendedError(t.NamedTuple):
    """Why a server answered as it did (RFC 8914)."""

    code: int
    name: str
    text: str

    def __str__(self) -> str:
        return f"extended error {self.code}, {self.name}" + (f": {self.text}" if self.text else "")


class DnsError(ValueError):
    """A query that can't be asked, or bytes that don't answer it; the message is the rest of a sentence."""


class Reply(t.NamedTuple):
    """What a server answered."""

    rcode: str
    flags: list[str]
    answers: list[str]
    aliases: list[str]
    ttl: int | None
    extended_errors: list[ExtendedError]

    @property
    def truncated(self) -> bool:
        """The answer did not fit; the rest is to be had over TCP."""
        return "tc" in self.flags

    @property
    def filtered(self) -> str | None:
        """The server's word that it withholds or forges the answer on purpose."""
        return next((str(error) for error in self.extended_errors if error.code in _FILTERS), None)

    def as_dict(self) -> dict[str, t.Any]:
        """As a result shows it."""
        return {**self._asdict(), "extended_errors": [error._asdict() for error in self.extended_errors]}


class Question(t.NamedTuple):
    """What is asked, and what a good answer is.

    ``answers`` must all be in it; None: any answer of the type will do; empty: none is needed.
    """

    message: dns.message.Message
    wire: bytes
    rcode: str = "NOERROR"
    answers: list[str] | None = None
    ad: bool = False

    @property
    def edns(self) -> bool:
        """Whether it is asked with EDNS."""
        return bool(self.message.edns >= 0)

    def plain(self) -> Question:
        """The same without EDNS."""
        message = dns.message.make_query(self.message.question[0].name, self.message.question[0].rdtype)
        message.flags |= dns.flags.AD
        return self._replace(message=message, wire=message.to_wire())


def need_library(needed_for: str = "a dns check") -> None:
    """Raise MissingLibrary when dnspython isn't there."""
    if not HAS_DNSPYTHON:
        raise MissingLibrary(LIBRARY, needed_for)


def ask(
    name: str,
    record_type: str,
    rcode: str = "NOERROR",
    answers: t.Sequence[str] | None = None,
    *,
    edns: bool = True,
    dnssec: bool = False,
    expect_ad: bool = False,
) -> Question:
    """A recursive query as a stub resolver sends it; its AD bit asks for that of the reply (RFC 6840 section 5.7)."""
    rdtype = _rdtype(record_type)
    options: dict[str, t.Any] = {"use_edns": 0, "payload": PAYLOAD, "want_dnssec": dnssec} if edns or dnssec else {}
    try:
        message = dns.message.make_query(dns.name.from_text(name), rdtype, **options)
    except (dns.exception.DNSException, ValueError):
        raise DnsError(f"the name {name!r} is not a DNS name") from None
    message.flags |= dns.flags.AD
    expected = None if answers is None else [_canonical(text, rdtype) for text in answers]
    return Question(message, message.to_wire(), _rcode(rcode), expected, expect_ad)


def parse(data: bytes, question: Question) -> Reply:
    """The server's reply to the question; DnsError for anything else ("it ...")."""
    try:
        try:
            message = dns.message.from_wire(data, ignore_trailing=True, raise_on_truncation=True)
        except dns.message.Truncated as cut:
            message = cut.kwargs["message"]
        if not question.message.is_response(message):
            raise DnsError("it is not the reply to this query (another id or question)")
        return _reply(message, question.message.question[0])
    except (dns.exception.DNSException, ValueError, LookupError, TypeError, ArithmeticError, struct.error) as error:
        if isinstance(error, DnsError):
            raise
        raise DnsError(f"it is not a DNS message ({type(error).__name__})") from None


def refuses_edns(reply: Reply, question: Question) -> bool:
    """Whether a server seems not to know EDNS, so that the question is to be put without (RFC 6891 section 7)."""
    return question.edns and reply.rcode in _NO_EDNS


def describe(reply: Reply) -> str:
    """What was answered, and why so if the server says."""
    seen = ", ".join(reply.answers[:8]) + (", ..." if len(reply.answers) > 8 else "")
    because = "; ".join(str(error) for error in reply.extended_errors[:2])
    return f"answered {reply.rcode}" + (f": {seen}" if seen else "") + (f" ({because})" if because else "")


def judge(reply: Reply, question: Question) -> tuple[str, str]:
    """Observation and reason."""
    answer = describe(reply)
    if reply.rcode != question.rcode:
        return "wrong_answer", f"{answer}; expected {question.rcode}"
    if question.answers is None and reply.rcode == "NOERROR" and not reply.answers:
        rdtype = dns.rdatatype.to_text(question.message.question[0].rdtype)
        return "wrong_answer", f"{answer}, but with no {rdtype} record"
    there = {text.casefold() for text in reply.answers}
    missing = [text for text in question.answers or [] if text.casefold() not in there]
    if missing:
        return "wrong_answer", f"{answer}; expected {', '.join(missing)}"
    if question.ad and "ad" not in reply.flags:
        return "wrong_answer", f"{answer}, but does not say (AD) that it verified this by DNSSEC"
    return "answered", answer


def _rcode(text: str) -> str:
    try:
        return dns.rcode.to_text(dns.rcode.from_text(text.strip()))
    except (dns.exception.DNSException, ValueError):
        raise DnsError(f"the rcode {text!r} is not one (NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...)") from None


def _rdtype(text: str) -> dns.rdatatype.RdataType:
    try:
        rdtype = dns.rdatatype.from_text(text.strip())
    except (dns.exception.DNSException, ValueError):
        raise DnsError(f"the record type {text!r} is not one (A, AAAA, TXT, ...)") from None
    if dns.rdatatype.is_metatype(rdtype):
        # ANY: RFC 8482; the others are no questions to a resolver
        raise DnsError(f"the record type {text!r} asks for nothing definite; name the type that is wanted")
    return rdtype


def _canonical(text: str, rdtype: dns.rdatatype.RdataType) -> str:
    """An expected answer as dnspython writes it, however the user did."""
    quoted = f'"{text}"' if rdtype == dns.rdatatype.TXT and '"' not in text else text
    try:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, rdtype, quoted, origin=dns.name.root, relativize=False)
        wire = t.cast(bytes, rdata.to_wire())
        # There and back, because before 2.2 an address keeps the spelling it was given.
        return _shown(dns.rdata.from_wire(dns.rdataclass.IN, rdtype, wire, 0, len(wire)))
    except (dns.exception.DNSException, ValueError, NotImplementedError):
        raise DnsError(f"the expected answer {text!r} is not a {dns.rdatatype.to_text(rdtype)} record") from None


def _reply(message: dns.message.Message, question: dns.rrset.RRset) -> Reply:
    """The records that answer the question, along the aliases; whatever else was sent is not looked at."""
    owner, ttls = question.name, []
    aliases: list[str] = []
    answers: list[str] = []
    while len(aliases) < _MAX_ALIASES:
        found = message.get_rrset(message.answer, owner, dns.rdataclass.IN, question.rdtype)
        if found is not None:
            ttls.append(found.ttl)
            answers = sorted(_shown(rdata) for rdata in found)
            break
        alias = message.get_rrset(message.answer, owner, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if alias is None:
            break
        ttls.append(alias.ttl)
        owner = alias[0].target
        aliases.append(str(owner)[:_MAX_TEXT])
    flags = [flag for flag in dns.flags.to_text(message.flags).lower().split() if flag in _SHOWN_FLAGS]
    rcode, ttl = dns.rcode.to_text(message.rcode()), min(ttls) if ttls else None
    return Reply(rcode, flags, answers, aliases, ttl, _extended_errors(message))


def _extended_errors(message: dns.message.Message) -> list[ExtendedError]:
    """The errors in the EDNS options, as far as they are well formed; whether the library knows them or not."""
    found = []
    for option in message.options[:_MAX_ERRORS]:
        data = option.to_wire() or b""
        if option.otype == _EXTENDED_ERROR and len(data) >= 2:
            code = int.from_bytes(data[:2], "big")
            name = _ERRORS[code] if code < len(_ERRORS) else _UNKNOWN
            text = data[2:].rstrip(b"\0").decode("utf-8", "replace")
            found.append(ExtendedError(code, name, printable(text, _MAX_ERROR_TEXT)))
    return found


def _shown(rdata: dns.rdata.Rdata) -> str:
    return rdata.to_text()[:_MAX_TEXT]
