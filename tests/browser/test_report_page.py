"""The report's page in a real browser, from disk: what a person sees, types and presses; what nobody can slip in."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import over_time, with_since
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _render_html
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import make_report
from support.assessments import HOSTILE, assessed, documented, fleet, hostile_documents
from support.browser import Browser, browser
from support.sites import Data

DAYS = ("2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z")
ENTER, TAB = "\ue007", "\ue004"
# All that the page shows or names, opened sections included.
ALL_TEXT = "document.documentElement.textContent"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(autouse=True)
def _desktop(chromium: Browser) -> None:
    chromium.look(1280, 900)
    chromium.logs()


def _two_days() -> Data:
    before = with_since(None, assessed(when=DAYS[0], tsi_mqtt="rejected"))
    after = with_since(before, assessed(when=DAYS[1], tsi_mqtt="rejected", kisi_firmware="dropped"))
    return {**after, "changes": over_time(before, after)}


def _write(folder: Path, *sites: Data, title: str = "Readiness") -> Path:
    page = folder / "report.html"
    page.write_text(_render_html.render(make_report({"x": documented(*sites)}, title)), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sites = (_two_days(), assessed("amsterdam"), assessed("oslo", kisi_cloud_session_primary="dropped"))
    return _write(tmp_path_factory.mktemp("three"), *sites)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("many") / "report.html"
    page.write_text(_render_html.render(make_report({"x": fleet(2000)}, "Many")), encoding="utf-8")
    return page


def _sites(chromium: Browser) -> t.List[str]:
    found = chromium.run("return [...document.querySelectorAll('details.site h3')].map((one) => one.textContent)")
    return t.cast(t.List[str], found)


def _shown(chromium: Browser) -> str:
    return str(chromium.run("return document.getElementById('shown').textContent"))


def test_the_matrix_says_of_each_site_and_requirement_what_was_judged(chromium: Browser, three: Path) -> None:
    chromium.open(three)
    rows = chromium.run(
        "return [...document.querySelectorAll('#table tbody tr')].map((row) => [row.querySelector('th').innerText,"
        " Object.fromEntries([...row.querySelectorAll('td')].map((cell) => [cell.title, cell.innerText]))])"
    )
    assert [row[0].split()[-1] for row in rows] == ["amsterdam", "berlin", "oslo"]
    assert any("unmet" in title and text.startswith("✕") for title, text in rows[1][1].items())
    assert not any("unmet" in title for title in rows[0][1])
    assert "Device to cloud session: degraded" in rows[2][1]
    assert chromium.logs() == []


def test_an_address_opens_its_site_with_reason_remedy_and_source(chromium: Browser, three: Path) -> None:
    chromium.open(three, "#berlin")
    section = chromium.wait("document.querySelector('details.site[open]')?.innerText")
    assert "berlin" in section
    for told in ("unmet", "it was rejected", "the gateway 10.40.0.1 rejects it", 'MQTT: 8883 (TCP)"'):
        assert told in section
    assert "stays broken, since 2026-11-20 02:00 UTC" in section
    assert "got worse, was met, since 2026-11-21 02:00 UTC" in section
    assert chromium.run("return document.activeElement.closest('details').id.startsWith('site-')")


def test_what_changed_is_told_first(chromium: Browser, three: Path) -> None:
    chromium.open(three)
    told = chromium.run("return document.getElementById('changed').innerText")
    assert "1 got worse" in told
    assert "iot/kisi/firmware met → unmet" in told
    assert "1 stays broken" in told


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        ("oslo", ["oslo"]),
        ("8883 REJECTED", ["berlin"]),
        ("no such thing", []),
        ("", ["amsterdam", "berlin", "oslo"]),
    ],
)
def test_search_finds_sites_by_what_was_seen(chromium: Browser, three: Path, fill: str, expected: t.List[str]) -> None:
    chromium.open(three)
    chromium.keys("/")
    assert chromium.run("return document.activeElement.id") == "search"
    chromium.keys(*fill, ENTER)
    assert _sites(chromium) == expected


def test_filters_and_their_clearing(chromium: Browser, three: Path) -> None:
    chromium.open(three)
    chromium.run("document.querySelector('#states .bad').click()")
    assert _sites(chromium) == ["berlin"]
    assert chromium.run("return document.querySelector('#states .bad').getAttribute('aria-pressed')") == "true"
    chromium.run("document.querySelector('#states .warn').click()")
    assert _sites(chromium) == ["berlin", "oslo"]
    chromium.run("document.querySelector('#changes .bad').click()")
    assert _sites(chromium) == ["berlin"]
    chromium.run("document.getElementById('clear').click()")
    assert _sites(chromium) == ["amsterdam", "berlin", "oslo"]
    chromium.run(
        "const one = document.getElementById('order'); one.value = 'worst'; one.dispatchEvent(new Event('change'))"
    )
    assert _sites(chromium) == ["berlin", "oslo", "amsterdam"]


def test_the_keyboard_reaches_and_opens_every_site(chromium: Browser, three: Path) -> None:
    chromium.open(three)
    reached = []
    for _step in range(40):
        chromium.keys(TAB)
        reached.append(
            chromium.run(
                "const one = document.activeElement;"
                " return one.closest('details.site')?.querySelector('h3').textContent"
                "   ?? (one.tagName === 'A' ? one.hash : one.id)"
            )
        )
        outline = chromium.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or reached[-1] == ""
    assert {"search", "verdict", "table", "#berlin", "amsterdam", "berlin", "oslo"} <= set(reached)
    chromium.run("document.querySelectorAll('details.site summary')[2].focus()")
    chromium.keys(ENTER)
    opened = chromium.wait("document.querySelector('details.site[open] .warn h4')?.innerText")
    assert opened == "Device to cloud session"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_cut_off_on_a_phone(chromium: Browser, three: Path, width: int) -> None:
    chromium.look(width, 800)
    chromium.open(three, "#berlin")
    chromium.run("document.getElementById('open').click(); document.getElementById('matrix').open = true")
    assert chromium.run("return [document.documentElement.scrollWidth, innerWidth]") == [width, width]


def _luminance(colour: str) -> float:
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_light_and_dark_can_be_read(chromium: Browser, tmp_path: Path, dark: bool) -> None:
    """Every text against what is behind it, of every verdict: a contrast of 4.5 to 1, as WCAG 2 asks (AA)."""
    site = _two_days()
    for one, verdict in zip(site["requirements"], (*VERDICTS, "of_another_version")):
        one["verdict"] = verdict
    chromium.look(1280, 900, dark=dark)
    chromium.open(_write(tmp_path, site), "#berlin")
    pairs = chromium.run(
        """
        const found = new Set();
        for (const one of document.querySelectorAll('body *')) {
          if (![...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
          if (!one.checkVisibility() || one.disabled) continue;
          let behind = one;
          while (behind && /, 0\\)$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
          found.add(getComputedStyle(one).color + '|' + getComputedStyle(behind || document.body).backgroundColor);
        }
        return [...found];
        """
    )
    assert len(pairs) > 12
    for pair in pairs:
        lighter, darker = sorted((_luminance(colour) for colour in pair.split("|")), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, pair
    (page,) = {_luminance(chromium.run("return getComputedStyle(document.body).backgroundColor"))}
    assert (page < 0.1) == dark


def test_paper_has_the_open_sites_and_no_buttons(chromium: Browser, three: Path) -> None:
    chromium.open(three, "#berlin")
    chromium.look(800, 900, dark=True, print_media=True)
    seen = chromium.run("return document.body.innerText")
    assert "the gateway 10.40.0.1 rejects it" in seen
    assert not chromium.run("return document.getElementById('filter').checkVisibility()")
    assert chromium.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_thousand_sites_and_more_stay_usable(chromium: Browser, many: Path) -> None:
    assert many.stat().st_size < 10_000_000
    chromium.open(many)
    assert _shown(chromium) == "Showing 1 to 50 of 2,000 sites"
    assert chromium.run("return document.querySelectorAll('*').length") < 10_000
    assert chromium.run("return performance.getEntriesByType('navigation')[0].loadEventEnd") < 10_000
    chromium.keys("/", *"site_1999", ENTER)
    assert _sites(chromium) == ["site_1999"]
    chromium.open(many, "#site_1234")
    assert chromium.wait("document.querySelector('details.site[open] h3')?.textContent") == "site_1234"
    assert _shown(chromium) == "Showing 1,201 to 1,250 of 2,000 sites"


def test_every_page_can_be_turned_to(chromium: Browser, many: Path) -> None:
    chromium.open(many)
    for label, expected in (
        ("Next", "site_0050"),
        ("Last", "site_1950"),
        ("Previous", "site_1900"),
        ("First", "site_0000"),
    ):
        chromium.run(
            "[...document.querySelectorAll('#pager button')].find((one) => one.textContent === arguments[0]).click()",
            label,
        )
        assert _sites(chromium)[0] == expected


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile_documents())
def test_hostile_data_is_shown_as_text(chromium: Browser, tmp_path: Path, document: Data) -> None:
    page = tmp_path / "report.html"
    report = make_report({"x": document}, HOSTILE[0])
    page.write_text(_render_html.render(report), encoding="utf-8")
    chromium.open(page)
    chromium.run("document.getElementById('open').click()")
    chromium.run("for (const one of document.querySelectorAll('details')) one.open = true")
    chromium.wait("[...document.querySelectorAll('details.site')].every((one) => one.childElementCount > 1)")
    assert chromium.run("return window.harm ?? null") is None
    assert chromium.logs() == []
    assert (
        chromium.run(
            "return document.querySelectorAll('img, svg, iframe, object, base, link, [onerror], [onload]').length"
        )
        == 0
    )
    assert set(chromium.run("return [...document.querySelectorAll('a')].map((one) => one.protocol)")) == {"file:"}
    seen = chromium.run(f"return {ALL_TEXT}")
    for site in report.sites:
        for row in site.rows:
            assert all(text in seen for text in (row.reason, row.title) if "\x00" not in text and "\r" not in text)


_TRIES = """
const url = arguments[0];
window.refused = [];
document.addEventListener('securitypolicyviolation', (one) => refused.push(one.effectiveDirective));
const image = new Image(); image.src = url + 'image';
const style = document.createElement('link'); style.rel = 'stylesheet'; style.href = url + 'style';
const frame = document.createElement('iframe'); frame.src = url + 'frame';
document.body.append(image, style, frame);
navigator.sendBeacon(url + 'beacon');
fetch(url + 'fetch', {mode: 'no-cors'}).catch(() => 0);
try { document.body.insertAdjacentHTML('beforeend', '<b>'); } catch (error) { refused.push('sink'); }
"""


@pytest.mark.parametrize("policy", [False, True], ids=["without-our-policy", "with-it"])
def test_the_page_asks_nobody_even_if_a_script_in_it_tries(
    chromium: Browser, tmp_path: Path, three: Path, policy: bool
) -> None:
    """A server hears nothing of the page, nor of what a script in it tries; without our policy it hears all of it."""
    asked: t.Set[str] = set()

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.add(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_arguments: object) -> None:
            pass

    text = three.read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(text if policy else text.replace("Content-Security-Policy", "nothing"), encoding="utf-8")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            chromium.open(page)
            chromium.run(_TRIES, f"http://127.0.0.1:{server.server_port}/")
            if policy:
                wanted = '["connect-src", "img-src", "frame-src", "style-src-elem", "sink"]'
                chromium.wait(f"{wanted}.every((one) => refused.includes(one))")
            else:
                until = time.monotonic() + 20
                while len(asked) < 5 and time.monotonic() < until:
                    time.sleep(0.02)
        finally:
            server.shutdown()
    assert asked == (set() if policy else {"/image", "/style", "/frame", "/beacon", "/fetch"})


def test_an_inline_script_that_is_not_ours_does_not_run(chromium: Browser, tmp_path: Path) -> None:
    page = _write(tmp_path, assessed())
    text = page.read_text(encoding="utf-8")
    harmed = text.replace("</main>", "<script>window.harm = 1</script><b onclick='window.harm = 1' id='b'>b</b></main>")
    page.write_text(harmed, encoding="utf-8")
    chromium.open(page)
    chromium.run("document.getElementById('b').click()")
    assert chromium.run("return window.harm ?? null") is None
    assert any("Content Security Policy" in line for line in chromium.logs())
    assert _sites(chromium) == ["berlin"]  # and ours did


def test_a_page_without_its_script_says_so(chromium: Browser, three: Path) -> None:
    chromium.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(three)
        root = chromium.command("DOM.getDocument", depth=-1)["root"]
        assert "The other formats need none." in json.dumps(root)
    finally:
        chromium.command("Emulation.setScriptExecutionDisabled", value=False)
