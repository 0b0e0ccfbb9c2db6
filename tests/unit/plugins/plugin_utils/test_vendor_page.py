# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vendors' pages: true to the specs, whole, readable by a Markdown parser, and safe with any string of a spec."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ansible_collections.fieldnet.iot.plugins.plugin_utils._markdown import block, line, table, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._page import HEADER, page, pages
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._request import firewall_request
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
from support.sites import Data, specs

ROOT = Path(__file__).resolve().parents[4]
COLLECTIONS = ROOT / "build/src"
PAGES = ROOT / "docs/vendors"
SPECS = specs()
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# Whatever a person may write, and what Markdown would make more of.
ANY = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40)
PIECES = (
    *(
        "|",
        "`",
        "``",
        "```",
        "~~",
        "~~~",
        "*",
        "_",
        "__",
        "\\",
        "\\|",
        "$",
        "+",
        "#",
        " #",
        "- ",
        "> ",
        "1. ",
        "1)",
        "0",
        ".",
    ),
    *("---", "===", ":-", "|---|", "<b>", "</td>", "<!--", "-->", "<http://a>", "&amp;", "&#35;", "[x](y)", "![", "]("),
    *("[^1]", "[x]: y", "http://a.example", "www.a.example", "a", "é", " ", "\n", "\t"),
)
NASTY = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)
STRINGS = (ANY | NASTY).filter(lambda found: bool(found.strip()))


def tokens(markdown: str) -> t.Iterator[Token]:
    """Every token, those inside a line too."""
    for found in MARKDOWN.parse(markdown):
        yield found
        yield from found.children or ()


def structure(markdown: str) -> t.List[str]:
    """What a page consists of, whatever its texts say."""
    return [found.type for found in tokens(markdown) if found.type not in ("text", "text_special")]


def texts(markdown: str) -> t.List[str]:
    """What a reader sees: each line, cell and block by itself."""
    shown = []
    for found in MARKDOWN.parse(markdown):
        if found.children is not None:
            shown.append("".join(child.content for child in found.children))
        elif found.type == "fence":
            shown.append(found.content)
    return shown


def hostile(said: str) -> Data:
    """A spec in which each free text is what somebody wants it to be."""
    source = {"ref": "manual", "says": said, "claim": {said: [said, {said: said}]}}
    common = {"title": said, "level": "required", "basis": "stated", "sources": [source, source]}
    kinds: t.List[Data] = [
        {"kind": "outbound", "any_of": [{"id": "a", "protocol": "tcp", "port": 1}], "device_types": ["thing"]},
        {"kind": "local", "between": ["thing", "other"], "all_of": [{"id": "a", "protocol": "udp", "port": 2}]},
        {"kind": "dns", "all_of": [{"id": "a", "protocol": "udp", "port": 53}]},
        {"kind": "ntp", "all_of": [{"id": "a", "protocol": "udp", "port": 123}]},
        {"kind": "wifi", "wifi": {"property": "channel", "forbidden": [12]}},
        {"kind": "tls_inspection", "certificate": "public"},
        {"kind": "captive_portal"},
        {"kind": "dhcp"},
        {"kind": "checklist", "text": said},
        {"kind": "advice", "text": said, "conflict": {"text": said, "uses": "manual"}},
    ]
    return {
        "schema": 1,
        "vendor": "acme",
        "title": said,
        "sources": [{"id": "manual", "title": said, "retrieved": said}],
        "device_types": [{"type": kind, "title": said, "uplinks": [{"medium": "wifi"}]} for kind in ("thing", "other")],
        "requirements": [{**common, "id": f"r{number}", **kind} for number, kind in enumerate(kinds)],
    }


def spec_of(said: str) -> t.Optional[Spec]:
    """The spec, as if it extended another and came from a MUD file that says more; None where it is refused."""
    found, problems = parse_spec(hostile(said))
    if found is None:  # a control character or such
        assert problems
        return None
    first, *others = found.requirements
    changed = dataclasses.replace(first, changed=("any_of", "level"))
    return dataclasses.replace(found, requirements=(changed, *others), extends="other", notes=(said, said))


def known(found: t.Optional[Spec]) -> Spec:
    assert found is not None
    return found


def test_the_committed_pages_are_those_of_the_specs() -> None:
    made = pages(SPECS.values())
    assert sorted(path.name for path in PAGES.iterdir()) == sorted(made)
    for name, wanted in made.items():
        assert (PAGES / name).read_text(encoding="utf-8") == wanted, f"docs/vendors/{name} is old: run make pages"


@pytest.mark.parametrize("vendor", sorted(SPECS))
def test_every_quotation_port_and_advice_is_on_the_page(vendor: str) -> None:
    spec, shown = SPECS[vendor], texts(page(SPECS[vendor]))
    for found in spec.requirements:
        assert f"Requirement {found.id}" in shown
        for source in found.sources:
            assert f'"{line(source.says)}" ({spec.documents[source.ref]})' in shown
        for port in found.ports:
            rows = [shown[at : at + 8] for at, cell in enumerate(shown) if cell == port.protocol.upper()]
            assert [str(port.port), found.level, found.basis, found.id] in [[r[1], *r[5:]] for r in rows]
        if found.text:
            assert any(line(found.text) in one for one in shown)
        if found.conflict:
            assert line(found.conflict["text"]) in shown
    for document in spec.sources:
        at = shown.index(document.id)
        assert shown[at + 1 : at + 3] == [document.title, document.retrieved]


@pytest.mark.parametrize("vendor", sorted(SPECS))
def test_links_lead_somewhere_and_nothing_is_html(vendor: str) -> None:
    found = list(tokens(page(SPECS[vendor])))
    headings = {
        one.content.lower().replace(" ", "-") for before, one in zip(found, found[1:]) if before.type == "heading_open"
    }
    assert len(headings) == sum(one.type == "heading_open" for one in found)
    for one in found:
        target = str(one.attrs.get("href", "")) if one.type == "link_open" else ""
        if target.startswith("#"):
            assert target[1:] in headings
        elif target:
            assert (PAGES / target).is_file()
        assert one.type != "html_inline"
        assert one.type != "html_block" or one.content == HEADER


def test_the_request_says_what_is_known_and_what_is_not() -> None:
    kisi, tsi, spiio = (" ".join(" ".join(firewall_request(SPECS[name])).split()) for name in ("kisi", "tsi", "spiio"))
    assert "To: any name under electricimp.com (*.electricimp.com) TCP 31314, which the devices try first" in kisi
    assert "TCP 993, the fallback where TCP 31314 does not get through" in kisi
    assert "where it can only filter by address, allow these ports to any address outside our own networks" in kisi
    assert "Kisi system architecture (retrieved 2026-11-20)" in kisi
    assert "the devices accept their vendor's own certificates and no others (implied)" in kisi
    assert "UDP 62435 between Kisi Reader Pro 1, 2 and Kisi Controller Pro 1, 2, both ways" in kisi
    assert "2. MQTT over TLS To: not known, see below TCP 8883" in tsi
    assert "Destinations of 1 and 2: the documents that we read name no host" in tsi
    assert "UDP 123 to a time server (the documents that we read name none)" in tsi
    assert "UDP 53 to the DNS resolver that the network gives the devices by DHCP: DNS lookups (implied)" in spiio
    assert "Channel: not 12 or 13" in spiio
    for letter in (kisi, tsi, spiio):
        assert "Inbound: nothing." in letter
        assert "802.1X" in letter
    for vendor in SPECS:
        assert max(map(len, firewall_request(SPECS[vendor]))) <= 78


def test_what_an_extension_changed_and_a_mud_file_says_beside_it_is_told() -> None:
    spec = known(spec_of("a thing"))
    shown, letter = texts(page(spec)), " ".join(" ".join(firewall_request(spec)).split())
    assert "Changed by this spec, which extends other: any_of and level." in shown
    assert shown.count("a thing") > 2
    assert "inbound port and forward none. What the vendor's MUD file may say beside it stands below." in letter
    assert "UDP 2 between any two of: a thing, both ways" in letter
    assert "Changed by us, so not as the documents have it: a thing" in letter
    assert "HOW THE VENDOR'S MUD FILE WAS READ - a thing - a thing" in letter


def test_a_port_of_the_request_is_a_port_of_the_spec() -> None:
    for spec in SPECS.values():
        letter = " ".join(firewall_request(spec))
        for found in spec.requirements:
            for port in found.ports:
                assert f"{port.protocol.upper()} {port.port}" in letter


@settings(max_examples=150)
@given(STRINGS)
def test_no_string_of_a_spec_changes_its_page(said: str) -> None:
    spec = spec_of(said)
    if spec is None:
        return
    made = page(spec)
    plain = page(known(spec_of("harmless")))
    assert structure(made) == structure(plain)
    # Claims are put into words, and the request is wrapped.
    for now, then in zip(texts(made), texts(plain)):
        if "harmless:" not in then and "\n" not in then:
            assert now == then.replace("harmless", line(said))


@settings(max_examples=300)
@given(STRINGS | st.text(max_size=40))
def test_a_text_is_shown_as_it_is(said: str) -> None:
    assert "".join(texts(f"- {text(said)} end")) == f"{line(said)} end".lstrip()
    cells = texts("\n".join(table(["a", "b"], [[text(said), "x"]])))
    assert cells == ["a", "b", line(said), "x"]
    lines = [line(said), "```", "~~~~"]
    (fence,) = [found for found in tokens("\n".join(["before", "", *block(lines), "after"])) if found.type == "fence"]
    assert fence.content == "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("see http://a.example and www.a.example", "see http\\://a.example and www\\.a.example"),
        ("a | b", "a \\| b"),
        ("1. first", "1\\. first"),
        ("2.4 GHz & more", "2.4 GHz & more"),
        ("# no heading", "\\# no heading"),
        ("*.electricimp.com", "\\*.electricimp.com"),
        ("snake_case _x_", "snake_case \\_x\\_"),
        ("line\n\nline\u2028line", "line line line"),
        ("bell\x07", "bell?"),
    ],
)
def test_what_is_escaped(said: str, wanted: str) -> None:
    assert text(said) == wanted


def test_a_claim_without_end_has_one_on_the_page(tmp_path: Path) -> None:
    data = hostile("x")
    bomb = yaml.safe_load(
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh"))
    )
    data["requirements"][-1]["sources"][0]["claim"] = bomb
    found, problems = parse_spec(data)
    assert found is not None, problems
    assert len(page(found)) < 100_000


def play(folder: Path, *arguments: str, **variables: t.Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ansible", "playbook", "fieldnet.iot.vendor_pages", "-i", "localhost,", *arguments]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
           "ANSIBLE_NOCOLOR": "true", "ANSIBLE_LOCALHOST_WARNING": "false"}  # fmt: skip
    command += ["-e", json.dumps(variables)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_the_playbook(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/acme.yml").write_text(json.dumps(hostile("a | b")), encoding="utf-8")
    variables = {"iot_pages": "out/pages", "iot_vendor_path": ["mine"]}
    check = play(tmp_path, "--check", "--diff", **variables)
    assert check.returncode == 0, check.stdout + check.stderr
    assert "+# Kisi access control: what it asks of a network" in check.stdout
    assert not (tmp_path / "out").exists()
    assert "changed=1" in play(tmp_path, **variables).stdout
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out/pages").iterdir()}
    mine, _problems = parse_spec(hostile("a | b"))
    assert written == pages([*SPECS.values(), known(mine)])
    assert "changed=0" in play(tmp_path, **variables).stdout
    # Somebody else's file is left alone, and nothing else is written either.
    (tmp_path / "out/pages/kisi.md").write_text("mine\n", encoding="utf-8")
    (tmp_path / "out/pages/tsi.md").unlink()
    refused = play(tmp_path, **variables)
    assert "out/pages/kisi.md: is there, and is no page made here" in refused.stdout
    assert (tmp_path / "out/pages/kisi.md").read_text(encoding="utf-8") == "mine\n"
    assert not (tmp_path / "out/pages/tsi.md").exists()


def test_the_playbook_shows_requests_and_names_unknown_vendors(tmp_path: Path) -> None:
    shown = play(tmp_path, iot_vendors=["tsi"])
    assert "Subject: Firewall request: TSI IoT monitors" in shown.stdout, shown.stdout + shown.stderr
    assert "Kisi" not in shown.stdout
    assert "vendors: kissi is no vendor with a spec; did you mean kisi?" in play(tmp_path, iot_vendors=["kissi"]).stdout
    assert list(tmp_path.glob("*")) in ([], [tmp_path / "tmp"])
