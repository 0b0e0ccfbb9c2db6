"""A job cut into slices by hosts, as AWX does it: run apart, handed on, and made one report."""

from __future__ import annotations

import itertools
import json
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._drift import drifts
from support import awx_jobs
from support.awx_jobs import Job
from support.sites import Data, berlin, write
from support.split_sites import two_vlans

SLICES, HOSTS = 3, 8
LOCAL = {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}


def _moved(name: str, number: int, data: Data) -> Data:
    """The same site elsewhere: no device is in two of them."""
    return t.cast(
        "Data", yaml.safe_load(yaml.safe_dump(data).replace("berlin", name).replace("02:00:00:", f"02:0{number}:00:"))
    )


def _sites(folder: Path) -> None:
    """berlin has two probe hosts, rome one, oslo none; nobody gets to cairo's."""
    folder.mkdir()
    bare = berlin()
    bare["probes"] = []
    bare["ssids"][0]["channel"] = 13
    sites = {"berlin": two_vlans(), "rome": berlin(), "oslo": bare, "cairo": berlin()}
    for number, (name, data) in enumerate(sites.items()):
        write(folder, f"{name}.yml", _moved(name, number, data))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Tuple[Path, Data]:
    """The sites' folder, and the inventory that AWX makes of it. Their hosts are this machine, which has no VLAN."""
    sites = tmp_path_factory.mktemp("fleet") / "sites"
    _sites(sites)
    found = awx_jobs.inventory(sites)
    for host, variables in found["_meta"]["hostvars"].items():
        variables.update(
            LOCAL["localhost"] if "cairo" not in host else {"ansible_host": "127.0.0.1", "ansible_port": 9}
        )
    return sites, found


def _assess(folder: Path, fleet: t.Tuple[Path, Data], number: int = 1, count: int = 1, **variables: t.Any) -> Job:
    sites, hosts = fleet
    given = {"iot_sites": [str(sites)], "iot_probe_become": False, **variables}
    return awx_jobs.run(folder, "fieldnet.iot.assess", awx_jobs.sliced(hosts, number, count), given)


def _report(folder: Path, variables: Data) -> t.Tuple[Job, Data]:
    """The report of a job after the slices: it has no host but its own."""
    hosts: Data = {"all": {"hosts": ["localhost"]}, "_meta": {"hostvars": LOCAL}}
    given = {**variables, "iot_report_dir": str(folder / "report"), "iot_report_formats": ["json", "html"]}
    job = awx_jobs.run(folder / "job", "fieldnet.iot.report", hosts, given)
    return job, json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))


def _undated(found: Data) -> Data:
    """Each run has its own time."""
    for site in found["sites"]:
        assert site.pop("assessed").startswith("20")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def jobs(fleet: t.Tuple[Path, Data], folder: Path) -> t.Dict[str, Job]:
    """The whole fleet in one job, which writes the report itself, and in slices, the second of them twice."""
    wanted = {"whole": (1, 1), "1": (1, SLICES), "2": (2, SLICES), "3": (3, SLICES), "2 again": (2, SLICES)}
    wanted["a gateway alone"] = (1, HOSTS)
    failing: Data = {"iot_fail_on": ["not_ready"], "iot_report_dir": str(folder / "report")}
    with ThreadPoolExecutor(2) as pool:
        runs = {
            name: pool.submit(_assess, folder / name, fleet, *part, **(failing if name == "whole" else {}))
            for name, part in wanted.items()
        }
        return {name: one.result() for name, one in runs.items()}


def test_a_slice_without_a_probe_host_claims_no_site(jobs: t.Dict[str, Job], fleet: t.Tuple[Path, Data]) -> None:
    assert list(awx_jobs.sliced(fleet[1], 1, HOSTS)["_meta"]["hostvars"]) == ["gw.berlin.example"]
    assert jobs["a gateway alone"].status == "successful", jobs["a gateway alone"].said
    assert jobs["a gateway alone"].artifacts == {}
    assert "fatal: " not in jobs["a gateway alone"].said


def test_a_slice_without_a_gateway_asks_nobody_for_drift(tmp_path: Path, fleet: t.Tuple[Path, Data]) -> None:
    hosts = awx_jobs.sliced(fleet[1], HOSTS, HOSTS)
    assert list(hosts["_meta"]["hostvars"]) == ["probe.rome.example"]
    job = awx_jobs.run(tmp_path / "job", "fieldnet.iot.drift", hosts, {"iot_sites": [str(fleet[0])]})
    assert job.status == "successful", job.said
    assert "rome" not in job.said


def test_drift_is_handed_on_also_where_the_run_is_to_fail_for_it(tmp_path: Path, fleet: t.Tuple[Path, Data]) -> None:
    hosts = awx_jobs.sliced(fleet[1], 2, HOSTS)
    given = {"iot_sites": [str(fleet[0])], "iot_fail_on": ["unreachable"]}
    job = awx_jobs.run(tmp_path / "job", "fieldnet.iot.drift", hosts, given)
    assert job.status == "failed"
    assert {name: one["state"] for name, one in drifts(job.artifacts).items()} == {"cairo": "unreachable"}
    failed = [line for line in job.said.splitlines() if "FAILED!" in line]
    assert len(failed) == 1
    assert "cairo is unreachable" in failed[0]
    assert len(failed[0]) < 300


def _slices(jobs: t.Dict[str, Job]) -> t.List[Job]:
    return [job for name, job in jobs.items() if name in ("1", "2", "3", "2 again")]


def test_slices_cut_through_sites(fleet: t.Tuple[Path, Data]) -> None:
    """Or else this file would prove nothing: probe hosts of one site, and a gateway and its probe host, are apart."""
    parts = [set(awx_jobs.sliced(fleet[1], number, SLICES)["_meta"]["hostvars"]) for number in (1, 2, 3)]
    assert not set.intersection(*parts)
    for pair in (("probe.berlin.example", "probe-lab.berlin.example"), ("gw.rome.example", "probe.rome.example")):
        assert not [part for part in parts if part.issuperset(pair)]


def test_every_slice_ends_well_and_no_site_is_judged_where_its_probe_host_is_not(jobs: t.Dict[str, Job]) -> None:
    judged = {}
    for name in ("1", "2", "3"):
        assert jobs[name].status == "successful", jobs[name].said
        judged[name] = sorted(site for one in jobs[name].artifacts.values() for site in one["sites"])
    assert sorted(itertools.chain(*judged.values())) == ["berlin", "berlin", "cairo", "oslo", "rome"]


def test_a_job_that_is_to_fail_hands_on_all_the_same_and_fails_in_few_words(jobs: t.Dict[str, Job]) -> None:
    whole = jobs["whole"]
    assert whole.status == "failed"
    assert whole.artifacts
    failed = next(line for line in whole.said.splitlines() if "FAILED!" in line)
    assert "oslo is not_ready" in failed
    assert len(failed) < 300


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0)], ids=["one-way", "the-other"])
def test_the_report_of_slices_is_that_of_the_whole(
    jobs: t.Dict[str, Job], folder: Path, order: t.Sequence[int], tmp_path: Path
) -> None:
    slices = _slices(jobs)
    job, found = _report(tmp_path, awx_jobs.handed_on(slices[number] for number in order))
    assert job.status == "successful", job.said
    assert _undated(found) == _undated(json.loads((folder / "report" / "report.json").read_text(encoding="utf-8")))
    assert [site["site"] for site in found["sites"]] == ["berlin", "cairo", "oslo", "rome"]
    # What somebody sees of it in the job's output.
    assert "4 sites: " in job.said
    assert "oslo: not ready" in job.said


def test_nothing_handed_on_is_secret_or_large(jobs: t.Dict[str, Job]) -> None:
    for job in jobs.values():
        assert len(json.dumps(job.artifacts)) < 12_000
        assert all(name.startswith("fieldnet_iot_assessed_") for name in job.artifacts)
