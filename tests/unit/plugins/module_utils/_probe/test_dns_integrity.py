# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The integrity of resolvers: servers on loopback that tell the truth, lie, block, fail or answer for each other."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import Any, Callable, Iterable, Iterator, List, Optional

import dns.edns
import dns.flags
import dns.message
import pytest
from service_peers import ANY_V4, free_port, observe, udp_peer
from test_dns import NAME, over_udp, reply

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_integrity, _model, _pace, _run

OTHER, DARK = "127.0.0.2", "127.0.0.3"
ADDRESS = "203.0.113.10"
Zone = Callable[[dns.message.Message, str], Iterable[bytes]]


@pytest.fixture(autouse=True)
def _fresh_pace() -> Iterator[None]:
    _pace.forget()
    yield
    _pace.forget()


def zone(address: str = ADDRESS, absent: Optional[str] = None, rcode: str = "NXDOMAIN") -> Zone:
    """A resolver: what it answers for names that exist, and for those that don't."""

    def answer(query: dns.message.Message, name: str) -> Iterable[bytes]:
        if name.endswith(NAME):
            return [reply(query, f"{name}. 300 A {address}")]
        return [reply(query, f"{name}. 300 A {absent}") if absent else reply(query, rcode=rcode)]

    return answer


def extended(code: int, text: bytes = b"", rcode: str = "NXDOMAIN") -> Zone:
    """A resolver that says why it gives no address for names that exist (RFC 8914)."""

    def answer(query: dns.message.Message, name: str) -> Iterable[bytes]:
        if not name.endswith(NAME):
            return [reply(query, rcode="NXDOMAIN")]
        message = dns.message.make_response(query)
        message.set_rcode(dns.rcode.from_text(rcode))
        option = dns.edns.GenericOption(dns.edns.OptionType.make(15), struct.pack("!H", code) + text)
        message.use_edns(0, payload=1232, options=[option])
        return [message.to_wire()]

    return answer


def failing(rcode: str) -> Zone:
    return lambda query, _name: [reply(query, rcode=rcode)]


def serve(answer: Zone) -> Callable[[bytes], Iterable[bytes]]:
    return over_udp(lambda query: answer(query, str(query.question[0].name).rstrip(".")))


def examine(server: Zone, other: Optional[Zone] = None, dark: Optional[Zone] = None, **options: Any) -> _model.Result:
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(udp_peer(serve(server)))
        for address, answer in ((OTHER, other), (DARK, dark)):
            if answer:
                stack.enter_context(udp_peer(serve(answer), address, peer.port))
        more = {"other_server": OTHER} if other else {}
        defaults = {"server": ANY_V4, "port": peer.port, "names": [NAME], "dark_address": DARK}
        return observe("dns_integrity", **{**defaults, **more, **options})


def found(result: _model.Result, test: str) -> List[str]:
    return [finding["result"] for finding in result["findings"] if finding["test"] == test]


def test_an_honest_resolver() -> None:
    seen = examine(zone(), other=zone(), names=[NAME, f"eu.{NAME}"], absent_under=["example.com"])
    assert seen["observation"] == "intact", seen["reason"]
    assert seen["reason"] == f"{ANY_V4}: 9 tests, and no answer was forged, withheld or given by somebody else"
    assert [len(found(seen, test)) for test in ("name", "nxdomain", "other_server", "dark_address")] == [2, 4, 2, 1]
    assert {finding["result"] for finding in seen["findings"]} == {"intact"}
    assert all(set(finding) == {"test", "subject", "result", "reason"} for finding in seen["findings"])
    absent = [finding["subject"] for finding in seen["findings"] if finding["test"] == "nxdomain"]
    assert [name.rpartition(".")[2] for name in absent][:2] == ["invalid", "test"]
    assert absent[3].endswith(".example.com")
    assert len({name.partition(".")[0] for name in absent}) == 4
    assert (seen["server"], seen["other_server"], seen["dark_address"]) == (ANY_V4, OTHER, DARK)
    assert [entry["observation"] for entry in seen["addresses"]] == ["answered"]


def test_names_are_new_each_time() -> None:
    subjects = [examine(zone())["findings"][1]["subject"] for _time in range(2)]
    assert subjects[0] != subjects[1]


def test_nxdomain_that_is_rewritten() -> None:
    seen = examine(zone(absent="198.51.100.1"))
    assert seen["observation"] == "rewritten"
    assert found(seen, "nxdomain") == ["rewritten"] * 3
    assert found(seen, "name") == ["intact"]
    assert f"{ANY_V4} answered NOERROR: 198.51.100.1 for " in seen["reason"]
    assert seen["reason"].endswith(".invalid, a name that does not exist (and 2 more like it)")


def test_nxdomain_that_is_rewritten_only_below_the_site_s_domain() -> None:
    def answer(query: dns.message.Message, name: str) -> Iterable[bytes]:
        return zone(absent="198.51.100.1" if name.endswith("example.com") else None)(query, name)

    seen = examine(answer, absent_under=["example.com"])
    assert found(seen, "nxdomain") == ["intact", "intact", "intact", "rewritten"]
    assert seen["observation"] == "rewritten"


def test_an_empty_answer_for_what_does_not_exist_is_no_forgery() -> None:
    assert examine(zone(rcode="NOERROR"))["observation"] == "intact"


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.31.0.1", "169.254.1.1", "100.64.0.1", "198.18.0.1"],
)
def test_a_sinkhole(address: str) -> None:
    seen = examine(zone(address))
    assert (seen["observation"], found(seen, "name")) == ("sinkholed", ["sinkholed"])
    assert seen["reason"] == f"{ANY_V4} answered NOERROR: {address} for {NAME}: no public service is at {address}"


def test_a_private_address_that_the_site_wants() -> None:
    seen = examine(zone("10.1.2.3"), private_ok=[NAME.upper()])
    assert seen["observation"] == "intact", seen["reason"]
    assert "which this site wants so" in seen["findings"][0]["reason"]
    assert examine(zone("10.1.2.3"), private_ok=["other.example"])["observation"] == "sinkholed"


@pytest.mark.parametrize(("code", "name"), [(4, "forged answer"), (15, "blocked"), (16, "censored"), (17, "filtered")])
@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR", "REFUSED", "SERVFAIL"])
def test_a_resolver_that_says_that_it_blocks(code: int, name: str, rcode: str) -> None:
    seen = examine(extended(code, b"by order\0", rcode))
    assert seen["observation"] == "sinkholed"
    assert f"{ANY_V4} answered {rcode} (extended error {code}, {name}: by order) for {NAME}" in seen["reason"]


def test_an_extended_error_of_another_kind_is_no_block() -> None:
    seen = examine(extended(22, rcode="SERVFAIL"))
    assert seen["observation"] == "unproven"
    assert "extended error 22, no reachable authority" in seen["reason"]


@pytest.mark.parametrize("garbage", [b"\xff\xfe", b"\x1b[31mred", b"\0\0"])
def test_text_of_an_extended_error_that_is_none(garbage: bytes) -> None:
    seen = examine(extended(15, garbage))
    assert seen["observation"] == "sinkholed", seen["reason"]
    assert seen["reason"].isprintable()


def test_a_name_that_the_resolver_denies() -> None:
    seen = examine(failing("NXDOMAIN"))
    assert (seen["observation"], found(seen, "name")) == ("wrong_answer", ["wrong_answer"])
    seen = examine(failing("NXDOMAIN"), other=zone())
    assert found(seen, "other_server") == ["wrong_answer"]
    assert "the name exists, and is withheld" in seen["findings"][-2]["reason"]


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_a_resolver_that_fails_proves_nothing(rcode: str) -> None:
    seen = examine(failing(rcode))
    assert seen["observation"] == "unproven"
    assert seen["reason"].startswith(f"{ANY_V4} answered {rcode} for {NAME}, which says nothing about the name")
    assert set(found(seen, "nxdomain")) == {"unproven"}


def test_somebody_who_answers_for_the_dark_address() -> None:
    seen = examine(zone(), dark=zone())
    assert (seen["observation"], found(seen, "dark_address")) == ("intercepted", ["intercepted"])
    assert seen["reason"].startswith(f"somebody answers in the name of {DARK}, where no DNS runs (answered NOERROR: ")
    assert found(seen, "name") == ["intact"]


@pytest.mark.parametrize("rcode", ["REFUSED", "SERVFAIL", "NXDOMAIN"])
def test_interception_by_whatever_answer(rcode: str) -> None:
    assert examine(zone(absent="198.51.100.1"), dark=failing(rcode))["observation"] == "intercepted"


def test_a_redirect_on_purpose_is_no_interception() -> None:
    seen = examine(zone(), dark=zone(), redirected=True)
    assert (seen["observation"], found(seen, "dark_address")) == ("intact", ["intact"])
    assert seen["findings"][-1]["reason"].endswith("as this network redirects DNS on purpose")
    # It excuses nothing else.
    assert examine(zone(absent="198.51.100.1"), dark=zone(), redirected=True)["observation"] == "rewritten"
    assert examine(zone(), dark=lambda _query, _name: [], redirected=True, timeout=0.5)["observation"] == "intact"


def test_a_dark_address_that_speaks_something_else() -> None:
    seen = examine(zone(), dark=lambda _query, _name: [b"hello, is this the dark side"], timeout=0.5)
    assert (seen["observation"], found(seen, "dark_address")) == ("unproven", ["unproven"])


def test_a_silent_dark_address() -> None:
    seen = examine(zone(), dark=lambda _query, _name: [], timeout=0.5)
    assert (seen["observation"], found(seen, "dark_address")) == ("intact", ["intact"])


@pytest.mark.parametrize(
    ("here", "there", "result"),
    [
        (ADDRESS, ADDRESS, "intact"),
        (ADDRESS, "198.51.100.7", "intact"),  # a service with many addresses
        ("10.1.1.1", ADDRESS, "sinkholed"),
        ("10.1.1.1", "10.1.1.1", "intact"),
        (ADDRESS, "10.1.1.1", "unproven"),
    ],
)
def test_beside_another_resolver(here: str, there: str, result: str) -> None:
    assert found(examine(zone(here), other=zone(there)), "other_server") == [result]


def test_another_resolver_that_does_not_answer_or_know() -> None:
    seen = examine(zone(), other=lambda _query, _name: [], timeout=0.5)
    assert (seen["observation"], found(seen, "other_server")) == ("unproven", ["unproven"])
    assert f"{NAME} could not be compared: {OTHER} kept silent" in seen["reason"]
    assert found(examine(zone(), other=failing("REFUSED")), "other_server") == ["unproven"]
    assert found(examine(failing("SERVFAIL"), other=zone()), "other_server") == ["unproven"]


def test_a_resolver_that_is_not_there() -> None:
    started = time.monotonic()
    closed = observe("dns_integrity", server=ANY_V4, port=free_port(), names=[NAME], dark_address=DARK)
    assert closed["observation"] == "closed"
    assert time.monotonic() - started < 1.5
    assert [entry["observation"] for entry in closed["addresses"]] == ["closed"]
    _pace.forget()
    many = [f"n{number}.{NAME}" for number in range(30)]
    started = time.monotonic()
    silent = examine(lambda _query, _name: [], names=many, timeout=1)
    assert silent["observation"] == "unproven"
    assert "kept silent" in silent["reason"]
    assert time.monotonic() - started < 2.5


def test_a_resolver_that_loses_one_question() -> None:
    def answer(query: dns.message.Message, name: str) -> Iterable[bytes]:
        return [] if name.endswith(".test") else zone()(query, name)

    seen = examine(answer, timeout=0.7)
    assert (seen["observation"], found(seen, "nxdomain")) == ("unproven", ["intact", "unproven", "intact"])
    assert seen["addresses"][0]["observation"] == "answered"


def test_questions_go_out_together() -> None:
    """Five under way at any time, as many as a server takes at once: 26 questions of 0.1 s each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((ANY_V4, 0))

        def answer_later() -> None:
            with contextlib.suppress(OSError):
                while True:
                    data, sender = sock.recvfrom(4096)
                    threading.Timer(0.1, lambda d=data, s=sender: [sock.sendto(r, s) for r in serve(zone())(d)]).start()

        threading.Thread(target=answer_later, daemon=True).start()
        names = [f"n{number}.{NAME}" for number in range(23)]
        started = time.monotonic()
        seen = observe(
            "dns_integrity", server=ANY_V4, port=sock.getsockname()[1], names=names, dark_address=DARK, timeout=5
        )
        assert time.monotonic() - started < 1.5
    assert seen["observation"] == "intact", seen["reason"]


def test_through_the_whole_engine() -> None:
    with udp_peer(serve(zone())) as peer:
        raw = [{"kind": "dns_integrity", "server": ANY_V4, "port": peer.port, "names": [NAME], "dark_address": DARK}]
        result = _run.run_checks(_model.parse_checks(raw))[0]
    assert (result["id"], result["observation"]) == (f"dns_integrity/{ANY_V4}:{peer.port}", "intact")
    assert _run.passed(result)


def test_the_dark_address_is_not_a_server() -> None:
    for options in ({"dark_address": ANY_V4}, {"dark_address": OTHER, "other_server": OTHER}):
        with pytest.raises(_model.NotRun, match="give an address that runs no DNS"):
            observe("dns_integrity", server=ANY_V4, **options)


def test_the_dark_address_follows_the_server_s_family() -> None:
    assert _dns_integrity.dark_address_for(ANY_V4) == "192.0.2.53"
    assert _dns_integrity.dark_address_for("::1") == "2001:db8::53"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"names": NAME}, "names: is not a list of at most 50 DNS names"),
        ({"names": ["a b"]}, "names: has an entry that is not a DNS name"),
        ({"names": [NAME] * 51}, "names: is not a list of at most 50 DNS names"),
        ({"server": "resolver.example"}, "server: is not an IP address"),
        ({"dark_address": "nowhere"}, "dark_address: is not an IP address"),
    ],
)
def test_bad_options(options: Any, error: str) -> None:
    with pytest.raises(_model.InvalidChecks) as caught:
        _model.parse_checks([{"kind": "dns_integrity", **options}])
    assert caught.value.errors == [f"checks[0].{error}"]
