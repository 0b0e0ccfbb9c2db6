# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other people's configuration of dnsmasq and Kea, read as these daemons read it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _config as dnsmasq
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._kea._config import KeaConfig


@pytest.mark.parametrize(
    ("folder", "read"),
    [
        ("", True),
        (",.dpkg-dist,.dpkg-old,.dpkg-new", True),
        (",*.conf", True),
        ("/,*.conf,*.other", True),
        (",.conf", False),
        (",*.cfg", False),
        ("x", False),
    ],
)
def test_whether_dnsmasq_would_read_our_file(tmp_path: Path, folder: str, read: bool) -> None:
    main = tmp_path / "dnsmasq.conf"
    main.write_text(f"# conf-dir={tmp_path}/other\nconf-dir={tmp_path}/d{folder}\n")
    configuration = dnsmasq.read(["dnsmasq", "-C", str(main)])
    assert configuration.reads(f"{tmp_path}/d/fieldnet-iot.conf") is read


@pytest.mark.parametrize(
    "arguments",
    [
        ["-C", "MAIN", "-7", "DIR,.old"],
        ["-CMAIN", "-7DIR,.old"],
        ["--conf-file=MAIN", "--conf-dir=DIR,.old"],
        ["--conf-file", "MAIN", "-k", "--conf-dir", "DIR,.old", "-x", "/run/pid"],
    ],
)
def test_the_running_process_says_what_it_reads(tmp_path: Path, arguments: t.List[str]) -> None:
    main, folder = tmp_path / "main", tmp_path / "d"
    folder.mkdir()
    main.write_text("dhcp-range=10.40.0.100,10.40.0.199,255.255.255.0,1h # the site's\n")
    (folder / "more").write_text(
        f"conf-file={main}\nconf-file={folder}/more\ndhcp-host=02-0-00-00-00-99,10.40.0.50,x\n"
    )
    (folder / "gone.old").write_text("dhcp-host=02:00:00:00:00:98,10.40.0.51\n")
    (folder / ".hidden").write_text("dhcp-host=02:00:00:00:00:97,10.40.0.52\n")
    command = ["dnsmasq", *(a.replace("MAIN", str(main)).replace("DIR", str(folder)) for a in arguments)]
    configuration = dnsmasq.read(command)
    assert dnsmasq.main_file(command) == str(main)
    assert not any("main" in argument for argument in dnsmasq.without_main_file(command))
    assert list(configuration.reservations(but="")) == [
        (f"{folder}/more line 3", "02:00:00:00:00:99"),
        (f"{folder}/more line 3", "10.40.0.50"),
        (f"{folder}/more line 3", "x"),
    ]
    assert [str(pool) for pool in configuration.ranges()] == [f"10.40.0.100-10.40.0.199 ({main} line 1)"]
    assert configuration.serves("10.40.0.0/24")
    assert not configuration.serves("10.41.0.0/24")


def test_a_dnsmasq_that_does_not_run_is_taken_as_the_distribution_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = tmp_path / "default"
    monkeypatch.setattr(dnsmasq, "_DEFAULTS", str(defaults))
    assert dnsmasq.default_command("dnsmasq") == ["dnsmasq"]
    defaults.write_text("ENABLED=1\nCONFIG_DIR=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new\n")
    assert dnsmasq.default_command("dnsmasq") == ["dnsmasq", "-7", "/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new"]


KEA = """# first
{ "Dhcp4": { // a comment with "quotes" and <?include "/nowhere"?>
  "option-data": [ { "name": "x", "data": "a // no comment, # neither, /* nor */ this" }, ],
  "control-socket": %s,
  /* <?include "/nowhere"?>
  */ "shared-networks": [ { "name": "n", "subnet4": [
      { "subnet": "10.41.0.0/24", "reservations": [ <?include "OWN/10.41.0.0_24.json"?> ] } ] } ],
  "subnet4": [ <?include "OTHER"?> ] } }
"""


@pytest.fixture
def kea(tmp_path: Path) -> Path:
    main, other, own = tmp_path / "kea.conf", tmp_path / "subnets.json", tmp_path / "own"
    other.write_text(
        '{ "subnet": "10.40.0.0/24", // the site\'s\n "reservations": [ { "hw-address": "02:00:00:00:00:99" },\n'
        f'<?include "{own}/10.40.0.0_24.json"?> ] }},'
    )
    text = KEA % '{ "socket-type": "unix", "socket-name": "/run/kea/one" }'
    main.write_text(text.replace("OWN", str(own)).replace("OTHER", str(other)))
    return main


def test_kea_includes_are_found_wherever_they_are(kea: Path) -> None:
    own = kea.parent / "own"
    config = KeaConfig(str(kea), str(own))
    assert config.problems("10.40.0.0/24", f"{own}/10.40.0.0_24.json") == []
    assert config.problems("10.41.0.0/24", f"{own}/10.41.0.0_24.json") == []
    assert config.problems("10.42.0.0/24", f"{own}/10.42.0.0_24.json") == [
        f"{kea} has no subnet 10.42.0.0/24: add it to subnet4"
    ]
    # The right file in the wrong subnet would reserve nothing for the right one.
    assert "does not include" in config.problems("10.40.0.0/24", f"{own}/10.41.0.0_24.json")[0]
    assert config.includes == {f"{own}/10.40.0.0_24.json", f"{own}/10.41.0.0_24.json"}


def test_what_is_staged_is_the_whole_configuration_with_new_texts(kea: Path) -> None:
    own = kea.parent / "own"
    staged = KeaConfig(str(kea), str(own)).staged({f"{own}/10.40.0.0_24.json": '// ours\n{"hw-address": "ours"}\n'})
    assert '{"hw-address": "ours"}' in staged
    assert "02:00:00:00:00:99" in staged
    assert "a // no comment, # neither, /* nor */ this" in staged
    assert "include" not in staged


@pytest.mark.parametrize(
    ("control", "path"),
    [
        ('{ "socket-type": "unix", "socket-name": "/run/kea/one" }', "/run/kea/one"),
        ("null", None),
        ('null, "control-sockets": [ {"socket-type": "http"}, {"socket-type": "unix", "socket-name": "/b"} ]', "/b"),
    ],
)
def test_the_control_socket_in_old_and_new_words(tmp_path: Path, control: str, path: str | None) -> None:
    main = tmp_path / "kea.conf"
    main.write_text(KEA.replace('<?include "OTHER"?>', "") % control)
    assert KeaConfig(str(main), "OWN").control_socket() == path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a configuration of Kea"),
        ('{ "Dhcp4": [', "is not a configuration of Kea"),
        ('<?include "SELF"?>', "more than 10 includes within each other"),
        ('<?include "/nowhere/file"?>', "/nowhere/file can't be read: No such file or directory"),
    ],
)
def test_what_is_no_configuration_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    main = tmp_path / "kea.conf"
    main.write_text(text.replace("SELF", str(main)))
    with pytest.raises(GatewayError, match=complaint):
        KeaConfig(str(main), "/own")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["subnet4", "shared-networks", "control-socket", "host-reservation-identifiers", "subnet"])


@given(st.dictionaries(KEYS, JSON) | JSON)
def test_a_configuration_of_any_shape_never_breaks_us(tmp_path_factory: pytest.TempPathFactory, dhcp4: t.Any) -> None:
    main = tmp_path_factory.mktemp("kea") / "kea.conf"
    main.write_text(json.dumps({"Dhcp4": dhcp4}))
    config = KeaConfig(str(main), "/own")
    config.control_socket()
    assert config.problems("10.40.0.0/24", "/own/x.json")


@pytest.mark.parametrize(
    ("value", "pools"),
    [
        ("set:iot,tag:x,10.40.0.100,10.40.0.199,255.255.255.0,1h", ["10.40.0.100-10.40.0.199"]),
        ("iot0,10.40.0.100,10.40.0.199", ["10.40.0.100-10.40.0.199"]),
        ("10.40.0.0,static", []),
        ("10.40.0.0,proxy,255.255.255.0", []),
        ("fd00::1,fd00::9,64,1h", []),
        ("10.40.0.100", []),
        ("", []),
    ],
)
def test_what_dnsmasq_gives_to_anybody(tmp_path: Path, value: str, pools: t.List[str]) -> None:
    (tmp_path / "main").write_text(f"dhcp-range={value}\n")
    found = dnsmasq.read(["dnsmasq", "-C", f"{tmp_path}/main"]).ranges()
    assert [f"{pool.first}-{pool.last}" for pool in found] == pools


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("02:00:00:00:00:10,10.40.0.10,Camera,12h", ["camera"]),
        ("id:01:02,set:tag,camera,infinite", ["camera"]),
        ("02:00:00:00:00:*,ignore", []),
        ("camera", ["camera"]),
    ],
)
def test_names_that_dnsmasq_reserves(tmp_path: Path, value: str, names: t.List[str]) -> None:
    (tmp_path / "main").write_text(f"dhcp-host={value}\n")
    reserved = dnsmasq.read(["dnsmasq", "-C", f"{tmp_path}/main"]).reservations(but="")
    assert [identity for _place, identity in reserved if identity.isalpha()] == names
