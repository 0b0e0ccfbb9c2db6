# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else a site's dnsmasq does with the names of our domains, found in its files."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq._config import Configuration, read
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq._foreign import local_answers, rivals

OURS = ["electricimp.com", "vendor.example"]


def configuration(folder: Path, *lines: str, options: t.Sequence[str] = ()) -> Configuration:
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "site.conf").write_text("".join(f"{line}\n" for line in ["no-hosts", *lines]))
    return read(["dnsmasq", "-C", "/dev/null", "-7", f"{folder}/conf,*.conf", *options])


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("/vendor.example/4#inet#t#s", "vendor.example"),
        ("/a.example/VENDOR.example./4#inet#t#s", "vendor.example"),
        ("/.mqtt.vendor.example/4#inet#t#s", "mqtt.vendor.example"),
        ("/com/4#inet#t#s", "com"),
        ("/#/4#inet#t#s", "every name"),
    ],
)
def test_a_line_for_names_of_ours_is_a_rival(tmp_path: Path, value: str, what: str) -> None:
    (found,) = rivals(configuration(tmp_path, f"nftset={value}"), "/nowhere", OURS)
    assert found.startswith(f"{tmp_path}/conf/site.conf line 2 fills sets for {what}, and dnsmasq would use only one")


@pytest.mark.parametrize("value", ["/evilvendor.example/4#inet#t#s", "/vendor.example.net/4#inet#t#s", "/net/s", "bad"])
def test_a_line_for_other_names_is_none(tmp_path: Path, value: str) -> None:
    assert rivals(configuration(tmp_path, f"nftset={value}"), "/nowhere", OURS) == []


def test_our_own_file_is_none_whatever_its_folder_is_called(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "conf")
    found = configuration(tmp_path, "nftset=/vendor.example/s")
    assert rivals(found, f"{tmp_path}/link/site.conf", OURS) == []
    assert rivals(found, f"{tmp_path}/link/other.conf", OURS)


def test_the_command_line_is_a_place_too(tmp_path: Path) -> None:
    found = configuration(tmp_path, options=["--nftset=/vendor.example/s", "-A", "/electricimp.com/192.0.2.1"])
    assert rivals(found, "/nowhere", OURS)[0].startswith("the command line fills sets for vendor.example")
    assert local_answers(found, OURS)[0].startswith("the command line lets dnsmasq answer electricimp.com by itself")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("address=/vendor.example/192.0.2.1", "vendor.example"),
        ("address=/#/192.0.2.1", "every name"),
        ("address=/vendor.example/#", "vendor.example"),
        ("address=/vendor.example/", "vendor.example"),
        ("local=/example/", "example"),
        ("server=/example/", "example"),
        ("host-record=api.vendor.example,api,192.0.2.1", "api.vendor.example"),
        ("cname=a.vendor.example,b.vendor.example,far.test", "a.vendor.example"),
    ],
)
def test_what_it_answers_by_itself_is_named(tmp_path: Path, line: str, name: str) -> None:
    found = local_answers(configuration(tmp_path, line), OURS)
    assert found[0].startswith(f"{tmp_path}/conf/site.conf line 2 lets dnsmasq answer {name} by itself")


@pytest.mark.parametrize(
    "line",
    [
        "server=/vendor.example/192.0.2.53",
        "server=/vendor.example/#",
        "server=192.0.2.53",
        "host-record=example,192.0.2.1",
        "cname=far.test,vendor.example",
        "address=/evilvendor.example/192.0.2.1",
    ],
)
def test_what_it_asks_others_for_is_not(tmp_path: Path, line: str) -> None:
    found = local_answers(configuration(tmp_path, line), OURS)
    assert found == []


def test_files_of_hosts_are_looked_into(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("# none\n192.0.2.1 far.test API.vendor.example # vendor.example\n")
    (found,) = local_answers(configuration(tmp_path, f"addn-hosts={hosts}", "addn-hosts=/nowhere"), OURS)
    assert found.startswith(f"{hosts} line 2 lets dnsmasq answer api.vendor.example by itself")


OPTIONS = st.sampled_from(["nftset", "address", "server", "local", "host-record", "cname", "addn-hosts"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(OPTIONS, st.text(st.characters(codec="utf-8"), max_size=30)), max_size=5))
def test_whatever_stands_there_is_read(tmp_path: Path, lines: t.List[t.Tuple[str, str]]) -> None:
    found = configuration(tmp_path, *(f"{name}={value}" for name, value in lines))
    assert all(isinstance(text, str) for text in [*rivals(found, "/nowhere", OURS), *local_answers(found, OURS)])
