# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS checks against a server on loopback that answers well, wrongly, in part, or rubbish."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import ANY_V4, ANY_V6, TcpAnswer, both_peers, free_port, observe, silence, tcp_peer, udp_peer

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns, _dns_message, _model, _pace

NAME = "imp01.electricimp.com"
Answer = Callable[[dns.message.Message], Iterable[bytes]]


@pytest.fixture(autouse=True)
def _fresh_pace() -> Iterator[None]:
    _pace.forget()
    yield
    _pace.forget()


def reply(query: dns.message.Message, *records: str, rcode: str = "NOERROR", flags: int = 0) -> bytes:
    message = dns.message.make_response(query)
    message.flags |= dns.flags.RA | flags
    message.set_rcode(dns.rcode.from_text(rcode))
    for record in records:
        owner, ttl, rdtype, text = record.split(" ", 3)
        message.answer.append(dns.rrset.from_text_list(owner, int(ttl), "IN", rdtype, [text]))
    return message.to_wire(max_size=65535)


def other(query: dns.message.Message, name: str, rdtype: str) -> dns.message.Message:
    """Another question with the same id."""
    message = dns.message.make_query(name, rdtype)
    message.id = query.id
    return message


def over_udp(answer: Answer) -> Callable[[bytes], Iterable[bytes]]:
    return lambda data: answer(dns.message.from_wire(data))


def over_tcp(answer: Answer) -> TcpAnswer:
    def handle(conn: socket.socket) -> None:
        data = conn.recv(65536)
        assert struct.unpack("!H", data[:2])[0] == len(data) - 2
        for message in answer(dns.message.from_wire(data[2:])):
            conn.sendall(struct.pack("!H", len(message)) + message)
        conn.recv(1)

    return handle


def ask(answer: Answer, **options: Any) -> _model.Result:
    with udp_peer(over_udp(answer)) as peer:
        return observe("dns", **{"name": NAME, "server": ANY_V4, "port": peer.port, **options})


def records(*lines: str, **options: Any) -> Answer:
    return lambda query: [reply(query, *lines, **options)]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_good_answer(transport: str, host: str) -> None:
    answer = records(f"{NAME}. 300 A 203.0.113.10", f"{NAME}. 60 A 203.0.113.9", flags=dns.flags.AA | dns.flags.AD)
    peer_of = udp_peer(over_udp(answer), host) if transport == "udp" else tcp_peer(over_tcp(answer), host)
    with peer_of as peer:
        seen = observe("dns", name=NAME, server=host, port=peer.port, transport=transport)
    assert seen["observation"] == "answered"
    assert seen["reason"] == f"{host} answered NOERROR: 203.0.113.10, 203.0.113.9"
    assert (seen["rcode"], seen["answers"], seen["ttl"]) == ("NOERROR", ["203.0.113.10", "203.0.113.9"], 60)
    assert (seen["flags"], seen["transport"], seen["truncated"]) == (["aa", "ra", "ad"], transport, False)
    assert seen["server"] == host
    assert [entry["observation"] for entry in seen["addresses"]] == ["answered"]
    assert seen["target"].startswith(f"{NAME} A at ")


def test_the_query_is_a_stub_resolver_s() -> None:
    queries: List[dns.message.Message] = []

    def answer(query: dns.message.Message) -> Iterable[bytes]:
        queries.append(query)
        return [reply(query)]

    ask(answer)
    ask(answer)
    first, second = queries
    assert first.flags == dns.flags.RD | dns.flags.AD
    assert (first.edns, first.payload, first.ednsflags) == (0, 1232, 0)
    assert [str(each) for each in first.question] == [f"{NAME}. IN A"]
    assert first.id != second.id


@pytest.mark.parametrize(
    ("rdtype", "record", "expected"),
    [
        ("AAAA", "2001:db8::1", "2001:0DB8:0::1"),
        ("MX", "10 Mail.example.com.", "10 mail.example.com"),
        ("TXT", '"v=spf1 -all"', "v=spf1 -all"),
        ("CNAME", "target.example.net.", "target.example.net."),
        ("SRV", "1 2 8883 broker.example.com.", "1 2 8883 broker.example.com."),
        ("CAA", '0 issue "ca.example.net"', '0 issue "ca.example.net"'),
    ],
)
def test_record_types_and_expected_answers_however_written(rdtype: str, record: str, expected: str) -> None:
    answer = records(f"{NAME}. 300 {rdtype} {record}")
    seen = ask(answer, record_type=rdtype.lower(), expect_answers=[expected])
    assert (seen["observation"], seen["answers"]) == ("answered", [record]), seen["reason"]
    assert seen["target"].startswith(f"{NAME} {rdtype} at ")


def test_expected_answers_must_all_be_there() -> None:
    answer = records(f"{NAME}. 300 A 203.0.113.10", f"{NAME}. 300 A 203.0.113.11")
    assert ask(answer, expect_answers=["203.0.113.11"])["observation"] == "answered"
    seen = ask(answer, expect_answers=["203.0.113.11", "203.0.113.12"])
    assert seen["observation"] == "wrong_answer"
    assert seen["reason"] == f"{ANY_V4} answered NOERROR: 203.0.113.10, 203.0.113.11; expected 203.0.113.12"


def test_aliases_are_followed_in_the_answer() -> None:
    answer = records(f"{NAME}. 300 CNAME a.example.", "a.example. 20 CNAME b.example.", "b.example. 60 A 203.0.113.1")
    seen = ask(answer)
    assert (seen["observation"], seen["answers"], seen["ttl"]) == ("answered", ["203.0.113.1"], 20)
    assert seen["aliases"] == ["a.example.", "b.example."]


def test_aliases_in_a_circle_end() -> None:
    seen = ask(records(f"{NAME}. 300 CNAME a.example.", f"a.example. 20 CNAME {NAME}."))
    assert (seen["observation"], seen["answers"], len(seen["aliases"])) == ("wrong_answer", [], 16)


def test_a_record_of_another_name_is_no_answer() -> None:
    seen = ask(records("other.example. 300 A 203.0.113.66"))
    assert (seen["observation"], seen["answers"]) == ("wrong_answer", [])
    assert seen["reason"] == f"{ANY_V4} answered NOERROR, but with no A record"


def test_no_answer_needed() -> None:
    assert ask(records(), expect_answers=[])["observation"] == "answered"


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
def test_rcodes(rcode: str) -> None:
    seen = ask(records(rcode=rcode))
    assert (seen["observation"], seen["rcode"]) == ("wrong_answer", rcode)
    assert seen["reason"] == f"{ANY_V4} answered {rcode}; expected NOERROR"
    assert ask(records(rcode=rcode), expect_rcode=rcode.lower())["observation"] == "answered"


def test_an_nxdomain_that_was_rewritten() -> None:
    seen = ask(records(f"{NAME}. 1 A 198.51.100.1"), expect_rcode="NXDOMAIN")
    assert seen["observation"] == "wrong_answer"
    assert seen["reason"] == f"{ANY_V4} answered NOERROR: 198.51.100.1; expected NXDOMAIN"


def test_a_cut_answer_is_fetched_over_tcp() -> None:
    short = over_udp(lambda query: [reply(query, flags=dns.flags.TC)])
    full = over_tcp(records(*[f"{NAME}. 300 A 203.0.113.{n}" for n in range(100)]))
    with both_peers(short, full) as peer:
        seen = observe("dns", name=NAME, server=ANY_V4, port=peer.port)
    assert (seen["observation"], seen["truncated"], seen["transport"]) == ("answered", True, "tcp")
    assert len(seen["answers"]) == 100
    assert seen["reason"].endswith("over TCP, having been too long for UDP")
    assert [entry["observation"] for entry in seen["addresses"]] == ["open", "answered"]
    assert "cut off" in seen["addresses"][0]["reason"]


def test_an_answer_cut_in_the_middle_of_a_record() -> None:
    def cut(query: dns.message.Message) -> Iterable[bytes]:
        return [reply(query, f"{NAME}. 300 A 203.0.113.1", flags=dns.flags.TC)[:-2]]

    with both_peers(over_udp(cut), over_tcp(records(f"{NAME}. 300 A 203.0.113.1"))) as peer:
        assert observe("dns", name=NAME, server=ANY_V4, port=peer.port)["observation"] == "answered"


def test_a_cut_answer_without_dns_over_tcp() -> None:
    """A resolver fails here, so a device does."""
    seen = ask(lambda query: [reply(query, f"{NAME}. 300 A 203.0.113.1", flags=dns.flags.TC)])
    assert (seen["observation"], seen["truncated"], seen["transport"]) == ("closed_or_reset", True, "tcp")
    assert seen["reason"].endswith("(TCP, to which the answer too long for UDP had sent the question)")
    assert "rcode" not in seen


@pytest.mark.parametrize(
    "rubbish",
    [
        lambda query: b"",
        lambda query: b"\0",
        lambda query: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda query: query.to_wire(),
        lambda query: reply(query)[:15],
        lambda query: struct.pack("!H", (query.id + 1) % 65536) + reply(query, f"{NAME}. 1 A 198.51.100.1")[2:],
        lambda query: reply(other(query, "other.example.", "A")),
        lambda query: reply(other(query, NAME, "AAAA")),
        lambda query: reply(query)[:-4] + b"\xc0\x0c\xc0\x0c" * 3,
    ],
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_rubbish_does_not_count(rubbish: Callable[[dns.message.Message], bytes], transport: str) -> None:
    def only(query: dns.message.Message) -> Iterable[bytes]:
        return [rubbish(query)]

    def then_the_answer(query: dns.message.Message) -> Iterable[bytes]:
        return [rubbish(query), reply(query, f"{NAME}. 300 A 203.0.113.10")]

    with both_peers(over_udp(then_the_answer), over_tcp(then_the_answer)) as peer:
        seen = observe("dns", name=NAME, server=ANY_V4, port=peer.port, transport=transport)
    assert (seen["observation"], seen["answers"]) == ("answered", ["203.0.113.10"])
    with both_peers(over_udp(only), over_tcp(only)) as peer:
        seen = observe("dns", name=NAME, server=ANY_V4, port=peer.port, transport=transport, timeout=0.3)
    assert seen["observation"] == "unproven"
    assert "did not answer the query; what came in its name does not count: it is not " in seen["reason"]


def test_an_endless_stream_of_other_messages_ends() -> None:
    def answer(query: dns.message.Message) -> Iterable[bytes]:
        while True:
            yield reply(other(query, "other.example.", "A"))

    with tcp_peer(over_tcp(answer)) as peer:
        started = time.monotonic()
        seen = observe("dns", name=NAME, server=ANY_V4, port=peer.port, transport="tcp", timeout=30)
        assert time.monotonic() - started < 10
    assert seen["observation"] == "unproven"


def test_paths_without_an_answer() -> None:
    with udp_peer(lambda _data: []) as peer:
        assert observe("dns", name=NAME, server=ANY_V4, port=peer.port, timeout=0.3)["observation"] == "unproven"
    assert observe("dns", name=NAME, server=ANY_V4, port=peer.port)["observation"] == "closed"
    with tcp_peer(silence) as peer:
        seen = observe("dns", name=NAME, server=ANY_V4, port=peer.port, transport="tcp", timeout=0.3)
    assert seen["observation"] == "dropped"
    assert seen["reason"] == f"{ANY_V4} completed the TCP handshake, but did not answer the query"
    with tcp_peer(lambda conn: conn.close()) as peer:
        seen = observe("dns", name=NAME, server=ANY_V4, port=peer.port, transport="tcp")
    assert seen["observation"] == "closed_or_reset"
    port = free_port()
    assert observe("dns", name=NAME, server=ANY_V4, port=port, transport="tcp")["observation"] == "closed_or_reset"


def test_a_slow_server_is_in_time_or_late() -> None:
    def slow(query: dns.message.Message) -> Iterable[bytes]:
        time.sleep(0.4)
        return [reply(query, f"{NAME}. 300 A 203.0.113.10")]

    assert ask(slow, timeout=2)["observation"] == "answered"
    assert ask(slow, timeout=0.2)["observation"] == "unproven"


def test_the_server_left_out_is_the_host_s_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    monkeypatch.setattr(_dns, "RESOLV_CONF", str(conf))
    conf.write_text(
        "# nameserver 192.0.2.1\nsearch x\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver 127.0.0.1\n"
    )
    with udp_peer(over_udp(records(f"{NAME}. 300 A 203.0.113.10"))) as peer:
        seen = observe("dns", name=NAME, port=peer.port)
    assert (seen["observation"], seen["server"]) == ("answered", "127.0.0.1")
    with pytest.raises(
        _model.NotRun, match=r"its own stub resolver 127.0.0.1, which can't be asked through interface eth0"
    ):
        observe("dns", name=NAME, interface="eth0")
    for text in ("", "nameserver\n", "\udcff\0nameserver x"):
        conf.write_text(text, errors="surrogateescape")
        with pytest.raises(_model.NotRun, match="names no usable nameserver: give the check a server"):
            observe("dns", name=NAME)
    conf.unlink()
    with pytest.raises(_model.NotRun):
        observe("dns", name=NAME)


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"record_type": "ANY"}, "record_type"),
        ({"record_type": "axfr"}, "record_type"),
        ({"record_type": "A; DROP"}, "record_type"),
        ({"server": "resolver.example"}, "server"),
        ({"name": "exa mple.com"}, "name"),
        ({"expect_rcode": "NO ERROR"}, "expect_rcode"),
        ({"expect_answers": "203.0.113.1"}, "expect_answers"),
        ({"transport": "dot"}, "transport"),
    ],
)
def test_bad_options_are_refused_before_anything_is_sent(options: Dict[str, Any], place: str) -> None:
    with pytest.raises(_model.InvalidChecks, match=rf"^checks\[0\]\.{place}: is "):
        _model.parse_checks([{"kind": "dns", "name": NAME, **options}])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"record_type": "NOSUCH"}, "the record type 'NOSUCH' is not one"),
        ({"record_type": "OPT"}, "the record type 'OPT' asks for nothing definite"),
        ({"expect_rcode": "NOSUCH"}, "the rcode 'NOSUCH' is not one"),
        ({"expect_answers": ["no address"]}, "the expected answer 'no address' is not a A record"),
    ],
)
def test_what_only_dnspython_can_judge_is_not_run(options: Dict[str, Any], reason: str) -> None:
    with pytest.raises(_model.NotRun, match=reason):
        observe("dns", name=NAME, server=ANY_V4, **options)


@pytest.mark.parametrize("too_old", [False, True])
def test_without_dnspython_the_check_says_what_is_missing(tmp_path: Path, too_old: bool) -> None:
    """In a Python of its own, where importing dns fails or finds a version that is too old."""
    hidden = tmp_path / "dns"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("" if too_old else "raise ImportError\n")
    for name in ("edns", "exception", "flags", "message", "name", "rcode", "rdata", "rdataclass", "rdatatype", "rrset"):
        (hidden / f"{name}.py").write_text("")
    (hidden / "version.py").write_text("MAJOR, MINOR, version = 2, 0, '2.0.0'\n")
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model\n"
        "check = _model.parse_checks([{'kind': 'dns', 'name': 'example.com', 'server': '192.0.2.1'}])[0]\n"
        "try:\n    _model.runner_of('dns')(check, 0.0)\n"
        "except _model.MissingLibrary as error:\n    print(error)\n"
    )
    paths = [str(tmp_path), *(path for path in sys.path if path.endswith("build/src"))]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        "the Python library dnspython >= 2.1 is missing on this host, and a dns check needs it"
    )


QUESTION = _dns_message.ask(NAME, "A", "NOERROR", None)
GOOD = reply(QUESTION.message, f"{NAME}. 300 CNAME a.example.", "a.example. 20 A 203.0.113.1")


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_a_dns_error(data: bytes) -> None:
    _parse_or_refuse(data)
    _parse_or_refuse(GOOD[:12] + data)


@given(position=st.integers(0, len(GOOD) - 1), patch=st.binary(min_size=1, max_size=6), end=st.integers(12, len(GOOD)))
def test_a_reply_with_broken_bytes_is_a_reply_or_a_dns_error(position: int, patch: bytes, end: int) -> None:
    _parse_or_refuse((GOOD[:position] + patch + GOOD[position + len(patch) :])[:end])


@given(
    rdtype=st.one_of(st.integers(1, 300), st.sampled_from([32768, 32769, 65280])),
    rdata=st.binary(max_size=60),
)
def test_any_record_of_any_type_is_shown_or_refused(rdtype: int, rdata: bytes) -> None:
    head = QUESTION.wire[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
    question = QUESTION.wire[12:-4] + struct.pack("!HH", rdtype, 1)
    data = head + question + b"\xc0\x0c" + struct.pack("!HHIH", rdtype, 1, 300, len(rdata)) + rdata
    try:
        asked = _dns_message.ask(NAME, f"TYPE{rdtype}", "NOERROR", None)
    except _dns_message.DnsError:
        return
    asked.message.id = QUESTION.message.id
    _parse_or_refuse(data, asked)


def _parse_or_refuse(data: bytes, question: _dns_message.Question = QUESTION) -> None:
    try:
        found = _dns_message.parse(data, question)
    except _dns_message.DnsError:
        return
    observation, reason = _dns_message.judge(found, question)
    assert observation in ("answered", "wrong_answer")
    assert reason.startswith("answered ")
    assert reason.isprintable()
    assert found.ttl is None or 0 <= found.ttl < 2**31
