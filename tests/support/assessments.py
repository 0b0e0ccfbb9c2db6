"""Assessment documents of every make: of a real plan, of a whole fleet, and with texts that mean harm."""

from __future__ import annotations

import typing as t

from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess, document
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.results import saw
from support.sites import Data, berlin, site, specs

WHEN = "2026-11-21T02:00:00Z"
HOSTILE = (
    "</script><script>window.harm=1</script>",
    "<script>window.harm=1</script>",
    "<img src=x onerror=window.harm=1>",
    "<!--<script>",
    "]]></testcase><x y='",
    "\"'><svg onload=window.harm=1>",
    "javascript:window.harm=1",
    "[click](javascript:window.harm=1)",
    "![seen](http://203.0.113.9/seen.png)",
    "<http://203.0.113.9/>",
    "http://203.0.113.9/ www.example.com a@example.com",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1+1",
    "a | b\n| c |\n\n# head\n\n    code",
    "`code` **bold** _soft_ ~~gone~~ $x$ #1 @who ^[1] \\",
    "{{ 7 * 7 }}{% raw %}",
    '"} 1\nfieldnet_iot_site_readiness{site="harm"} 1',
    "\u2028\u2029\x00\x0b\x1b[31m\x7f\x85\ufeff\ufffe\u202e",
    "\ud800",
    "T\u00fcren \U0001f512",
    "__proto__",
    "constructor",
    "",
    " ",
)
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=30), st.text(alphabet="|*_`<>&[]()#\\-=:/w. \n", max_size=20)
)
_verdicts = st.one_of(st.sampled_from((*VERDICTS, "attested")), texts)


@st.composite
def requirements(draw: st.DrawFn) -> Data:
    """One, whose every text may be anything."""
    keys = ("vendor", "id", "vlan", "title", "reason", "remedy", "accepted", "source", "conflict", "since")
    one: Data = {key: draw(texts) for key in keys}
    level = draw(st.one_of(st.sampled_from(("required", "recommended")), texts))
    return {**one, "verdict": draw(_verdicts), "level": level, "basis": draw(texts), "observations": []}


@st.composite
def hostile_sites(draw: st.DrawFn) -> Data:
    """A site, with changes of its own requirements."""
    found = draw(st.lists(requirements(), max_size=4))
    one: Data = {"site": draw(texts), "readiness": draw(texts), "assessed": draw(st.sampled_from(("", WHEN, "<b>")))}
    one.update(requirements=found, notes=draw(st.lists(texts, max_size=2)))
    advice = st.fixed_dictionaries(dict.fromkeys(("vendor", "id", "title", "text", "source"), texts))
    one["advice"] = draw(st.lists(advice, max_size=2))
    if draw(st.booleans()):
        changed = [{**entry, "before": draw(_verdicts), "after": entry["verdict"]} for entry in found]
        name = draw(st.sampled_from(("worse", "broken", "better", "other", "added")))
        one["changes"] = {"since": draw(texts), name: changed, "gone": changed}
    return one


@st.composite
def hostile_documents(draw: st.DrawFn) -> Data:
    """A document of such sites."""
    return {"schema": 1, "sites": draw(st.lists(hostile_sites(), max_size=3))}


def assessed(name: str = "berlin", when: str = WHEN, **seen: str) -> Data:
    """A site as it is judged; everything works, but for what ``seen`` says (see support.results)."""
    plan = make_plan(site({**berlin(), "site": name}), specs())
    return {**assess(plan, saw(plan, **seen)), "assessed": when}


def documented(*sites: Data) -> Data:
    """Their document."""
    return document(sites)


def fleet(count: int) -> Data:
    """So many sites, each with addresses and names of its own in its texts; of nine, three have something wrong."""
    kinds = [assessed(), assessed(tsi_mqtt="rejected"), assessed(kisi_cloud_session_primary="dropped"), assessed()]
    kinds += [assessed(), assessed(iot_link="unreachable"), assessed(), assessed(), assessed()]
    return document([_moved(kinds[number % len(kinds)], number) for number in range(count)])


def _moved(one: Data, number: int) -> Data:
    net = f"10.{40 + number // 256}.{number % 256}."

    def texts_of(value: t.Any) -> t.Any:
        if isinstance(value, str):
            return value.replace("10.40.0.", net).replace("it was", f"site-{number}.example: it was")
        if isinstance(value, list):
            return [texts_of(each) for each in value]
        return {key: texts_of(each) for key, each in value.items()} if isinstance(value, dict) else value

    return {**one, "site": f"site_{number:04}", "requirements": texts_of(one["requirements"])}
