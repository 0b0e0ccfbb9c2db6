"""The judge: silence is not success, without a control nothing can be said, every verdict explains itself."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess, document, readiness
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._table import table
from support.results import GOOD, saw
from support.sites import ATTESTED, Data, berlin, site, specs

OBSERVATIONS = sorted(
    set(GOOD.values())
    | {"closed", "closed_or_reset", "rejected", "dropped", "unproven", "no_route", "name_error", "wrong_answer"}
    | {"tls_error", "intercepted", "portal", "tampered", "wrong_offer", "no_offer", "unreachable", "not_run"}
)


def _plan(data: t.Optional[Data] = None) -> Data:
    return make_plan(site(data or berlin()), specs())


def _verdicts(found: Data) -> t.Dict[str, str]:
    return {f"{one['vendor']}/{one['id']}": one["verdict"] for one in found["requirements"]}


def _one(found: Data, name: str) -> Data:
    return next(one for one in found["requirements"] if f"{one['vendor']}/{one['id']}" == name)


def test_all_good_is_ready() -> None:
    plan = _plan({**berlin(), "attested": ATTESTED})
    found = assess(plan, saw(plan))
    assert set(_verdicts(found).values()) == {"met", "attested"}
    assert found["readiness"] == "ready"


def test_only_the_fallback_is_degraded() -> None:
    plan = _plan()
    found = assess(plan, saw(plan, kisi_cloud_session_primary="dropped"))
    session = _one(found, "kisi/cloud-session")
    assert session["verdict"] == "degraded"
    assert session["reason"] == (
        "only the fallback works: TCP 993 to imp01.electricimp.com: it was open;"
        " TCP 31314 to imp01.electricimp.com: it was dropped"
    )
    assert "allow TCP 31314 to imp01.electricimp.com on the gateway 10.40.0.1" in session["remedy"]
    assert found["readiness"] == "degraded"
    assert {one["id"] for one in session["observations"]} == {
        "iot/link",
        "iot/kisi/cloud-session/primary/imp01.electricimp.com",
        "iot/kisi/cloud-session/fallback/imp01.electricimp.com",
    }


def test_a_rejection_names_the_gateway_and_the_playbook() -> None:
    plan = _plan()
    found = assess(plan, saw(plan, kisi_cloud_session="rejected"))
    session = _one(found, "kisi/cloud-session")
    assert session["verdict"] == "unmet"
    assert session["remedy"] == (
        "the gateway 10.40.0.1 rejects it: allow TCP 31314 to imp01.electricimp.com, or at least TCP 993 to"
        " imp01.electricimp.com from VLAN iot there (the playbook fieldnet.iot.provision does)"
    )
    assert found["readiness"] == "not_ready"


def test_a_failed_control_makes_everything_probed_inconclusive() -> None:
    plan = _plan()
    found = assess(plan, saw(plan, iot_link="unreachable", kisi="dropped"))
    probed = {one["id"] for one in plan["requirements"] if one["groups"]}
    assert {one["verdict"] for one in found["requirements"] if one["id"] in probed} == {"inconclusive"}
    assert found["readiness"] == "inconclusive"


def test_no_results_at_all_is_not_assessed_never_met() -> None:
    found = assess(_plan(), [])
    assert found["readiness"] == "not_assessed"
    assert _one(found, "tsi/mqtt")["verdict"] == "inconclusive"
    assert _one(found, "tsi/mqtt")["unseen"]
    assert _one(found, "tsi/mqtt")["reason"] == "the probe host gave no results"


def test_a_pass_at_a_retry_is_degraded() -> None:
    plan = _plan()
    results = saw(plan)
    for result in results:
        if result["id"].startswith("iot/tsi/mqtt"):
            result.update(flaky=True, attempts=3)
    found = assess(plan, results)
    assert _one(found, "tsi/mqtt")["verdict"] == "degraded"
    assert "but only at attempt 3" in _one(found, "tsi/mqtt")["reason"]


def test_silence_is_not_success() -> None:
    plan = _plan()
    found = assess(plan, saw(plan, tsi_ntp="unproven"))
    assert _one(found, "tsi/ntp")["verdict"] == "unproven"
    assert found["readiness"] == "inconclusive"


def test_what_the_site_accepts_as_unproven_does_not_hold_it_up() -> None:
    data = berlin()
    data["accepted"] = [{"vendor": "tsi", "requirement": "ntp", "reason": "the vendor's server is not public"}]
    plan = _plan(data)
    found = assess(plan, saw(plan, tsi_ntp="unproven"))
    assert _one(found, "tsi/ntp")["verdict"] == "unproven"
    assert _one(found, "tsi/ntp")["accepted"] == "the vendor's server is not public"
    assert found["readiness"] == "ready"
    # Accepting the unknown does not excuse what is known to be wrong.
    assert assess(plan, saw(plan, tsi_ntp="rejected"))["readiness"] == "not_ready"


def test_a_probe_on_the_gateway_proves_no_forward_path() -> None:
    data = berlin()
    data["probes"][0]["host"] = data["gateway"]["host"]
    plan = _plan(data)
    session = _one(assess(plan, saw(plan)), "kisi/cloud-session")
    assert session["verdict"] == "unproven"
    assert "the forward path was not exercised" in session["reason"]


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [("portal", "unmet"), ("tampered", "unmet"), ("rejected", "unproven"), ("dropped", "unproven"), ("open", "met")],
)
def test_a_portal_test_without_an_answer_says_nothing_about_portals(seen: str, verdict: str) -> None:
    plan = _plan()
    assert _one(assess(plan, saw(plan, iot_portal=seen)), "kisi/captive-portal")["verdict"] == verdict


def test_interception_on_any_port_counts() -> None:
    plan = _plan()
    caught = assess(plan, saw(plan, tls_inspection_cloud_session_fallback="intercepted"))
    assert _one(caught, "kisi/tls-inspection")["verdict"] == "unmet"
    assert _one(assess(plan, saw(plan, tls_inspection="rejected")), "kisi/tls-inspection")["verdict"] == "unproven"
    silent = assess(plan, saw(plan, tls_inspection_cloud_session_primary="dropped"))
    assert _one(silent, "kisi/tls-inspection")["verdict"] == "met"


@given(st.lists(st.sampled_from(OBSERVATIONS), min_size=40, max_size=40))
def test_whatever_was_seen(seen: t.List[str]) -> None:
    """Every verdict explains itself, and nothing is met without an observation that proves it."""
    plan = _plan({**berlin(), "attested": ATTESTED[1:]})
    results = [{**one, "observation": what} for one, what in zip(saw(plan), seen)]
    found = assess(plan, results)
    by_id = {one["id"]: one["observation"] for one in results}
    for one, entry in zip(found["requirements"], plan["requirements"]):
        assert one["reason"]
        assert one["source"]
        assert one["remedy"] or one["verdict"] in ("met", "attested")
        if one["verdict"] == "met" and entry["groups"]:
            checks = [check["check"] for group in entry["groups"] for check in group["checks"]]
            assert by_id[entry["control"]] == "reachable"
            if entry["kind"] == "dhcp_servers":  # whoever was heard to offer is the control
                checks = [check["id"] for check in plan["checks"] if check["kind"] == "dhcp"]
            assert any(by_id[check] in entry["proves"] for check in checks)
    assert found["readiness"] == readiness(found["requirements"])
    assert found["site"] in table(document([found]))


def test_the_table_shows_what_is_wrong_first() -> None:
    plan = _plan()
    text = table(document([assess(plan, saw(plan, tsi_mqtt="rejected", kisi_cloud_session_primary="dropped"))]))
    lines = text.splitlines()
    assert lines[1].startswith("berlin: NOT READY   (1 unmet, 6 unproven, 1 degraded, ")
    assert lines[2].split() == ["unmet", "iot/tsi/mqtt"]
    assert text.index("iot/tsi/mqtt") < text.index("iot/kisi/cloud-session") < text.index("iot/kisi/dns ")
    assert max(len(line) for line in lines) <= 130


def _blocked_plan() -> Data:
    data = berlin()
    data["blocked"] = [{"vlan": "iot", "host": "10.1.0.9", "port": 445, "reason": "no file shares for devices"}]
    return _plan(data)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ("rejected", "met"),
        ("dropped", "met"),
        ("open", "unmet"),
        ("closed", "unmet"),
        ("closed_or_reset", "unproven"),
        ("name_error", "inconclusive"),
        ("no_route", "inconclusive"),
        ("not_run", "inconclusive"),
    ],
)
def test_what_must_be_blocked(seen: str, verdict: str) -> None:
    """wait_for and others take any failure for a block: a name that does not exist passes there."""
    plan = _blocked_plan()
    one = _one(assess(plan, saw(plan, iot_blocked=seen)), "site/blocked-tcp-445-10.1.0.9")
    assert one["verdict"] == verdict
    assert one["source"] == "site data: no file shares for devices"


@pytest.mark.parametrize("control", ["iot_link", "primary", "iot"])
def test_a_block_proves_nothing_without_a_control_that_worked(control: str) -> None:
    plan = _blocked_plan()
    seen = {control: "unreachable" if control == "iot_link" else "dropped"}
    if control == "primary":
        seen["fallback"] = "dropped"
    one = _one(assess(plan, saw(plan, **seen)), "site/blocked-tcp-445-10.1.0.9")
    assert one["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        (None, "met"),
        ("urn:ietf:params:capport:unrestricted", "met"),
        ("https://portal.example/api", "unmet"),
    ],
)
def test_a_portal_that_the_dhcp_server_announces(url: t.Optional[str], verdict: str) -> None:
    """The plain HTTP test may pass where the probe host has logged in before; the devices never will."""
    plan = _plan()
    results = saw(plan)
    for result in results:
        if result["kind"] == "dhcp":
            result["offers"] = [{"server": "10.40.0.1", "address": "10.40.0.10", "captive_portal": url}]
    one = _one(assess(plan, results), "kisi/captive-portal")
    assert one["verdict"] == verdict
    assert verdict == "met" or "10.40.0.1 announces a captive portal: https://portal.example/api" in one["reason"]


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({}, "met"),
        ({"redirect_ntp": "closed"}, "unmet"),
        ({"redirect_ntp": "unproven"}, "unproven"),
        ({"iot_link": "unreachable"}, "inconclusive"),
    ],
)
def test_a_redirect_that_the_site_wants_must_lead_somewhere(seen: t.Dict[str, str], verdict: str) -> None:
    data = berlin()
    data["vlans"][0]["redirect"] = ["ntp", "dns"]
    plan = _plan(data)
    checks = {check["id"]: check for check in plan["checks"] if "/redirect/" in check["id"]}
    assert checks["iot/redirect/dns"]["server"] == checks["iot/redirect/ntp"]["host"] == "192.0.2.53"
    found = assess(plan, saw(plan, **seen))
    one = _one(found, "site/redirect-ntp")
    assert (one["verdict"], one["level"]) == (verdict, "required")
    if verdict == "unmet":
        assert one["remedy"] == (
            "the site wants the gateway to answer it: run a server for it on 10.40.0.1 that answers VLAN iot, and the"
            " playbook fieldnet.iot.provision; or take the redirect out of the site's file"
        )
    assert _one(found, "site/redirect-dns")["verdict"] == ("inconclusive" if "iot_link" in seen else "met")


def test_a_time_server_that_does_not_answer_is_the_gateway_where_it_is_redirected() -> None:
    data = berlin()
    plan = _plan(data)
    assert "check the host's name" in _one(assess(plan, saw(plan, tsi_ntp="closed")), "tsi/ntp")["remedy"]
    data["vlans"][0]["redirect"] = ["ntp"]
    plan = _plan(data)
    found = assess(plan, saw(plan, tsi_ntp="closed"))
    assert "run a server for it on 10.40.0.1" in _one(found, "tsi/ntp")["remedy"]


def test_a_redirect_without_a_probe_host_is_unproven() -> None:
    data = berlin()
    data["vlans"][0]["redirect"] = ["dns"]
    data["probes"] = []
    assert _one(assess(_plan(data), []), "site/redirect-dns")["verdict"] == "unproven"
