# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ISC dhcpd's configuration as it is found on gateways: comments, nesting, includes within includes."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._isc._config import IscConfig

MAIN = """\
# include "/nowhere";
option domain-name "a;b # } example";
lease-file-name "/var/lib/dhcp/other.leases";
shared-network iot {
  subnet 10.40.0.0 netmask 255.255.255.0 {
    pool { allow unknown-clients; range dynamic-bootp 10.40.0.100
      10.40.0.149; range 10.40.0.160; } }
  subnet 10.41.0.0 netmask 255.255.255.0 { } # host in-comment { fixed-address 10.40.0.9; }
}
if option agent.circuit-id = "x" { option domain-name "y"; } else { log(info, "z"); }
group { host Printer { hardware ethernet 2:0:0:0:0:99; fixed-address 10.40.0.50, printer.example; } }
include "FOLDER/hosts.conf";
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dhcpd.conf").write_text(MAIN.replace("FOLDER", str(tmp_path)))
    (tmp_path / "hosts.conf").write_text(
        'host tv { hardware ethernet 02:00:00:00:00:98;\n  option host-name "tele"; }\n'
        f'include "{tmp_path}/own.conf";\n'
    )
    (tmp_path / "own.conf").write_text("host fieldnet-iot-x { hardware ethernet 02:00:00:00:00:10; }\n")
    return tmp_path


def read(folder: Path) -> IscConfig:
    return IscConfig(f"{folder}/dhcpd.conf", f"{folder}/own.conf")


def test_what_is_given_to_whom(folder: Path) -> None:
    config = read(folder)
    main, hosts = f"{folder}/dhcpd.conf", f"{folder}/hosts.conf"
    assert [str(pool) for pool in config.ranges()] == [
        f"10.40.0.100-10.40.0.149 ({main} line 6)",
        f"10.40.0.160-10.40.0.160 ({main} line 7)",
    ]
    assert config.subnets() == [ipaddress.IPv4Network("10.40.0.0/24"), ipaddress.IPv4Network("10.41.0.0/24")]
    assert list(config.reserved()) == [
        (f"{main} line 11", "02:00:00:00:00:99"),
        (f"{main} line 11", "10.40.0.50"),
        (f"{main} line 11", "printer"),
        (f"{hosts} line 1", "02:00:00:00:00:98"),
        (f"{hosts} line 1", "tv"),
        (f"{hosts} line 1", "tele"),
    ]


def test_a_staged_copy_differs_in_the_names_of_files_alone(folder: Path) -> None:
    config = read(folder)
    main, hosts, own = (f"{folder}/{name}" for name in ("dhcpd.conf", "hosts.conf", "own.conf"))
    assert config.reads_own
    assert config.way() == [main, hosts]
    staged = config.staged({main: "/s/0", hosts: "/s/1", own: "/s/2"})
    assert staged == {
        main: Path(main).read_text().replace(hosts, "/s/1"),
        hosts: Path(hosts).read_text().replace(own, "/s/2"),
    }
    assert '# include "/nowhere";' in staged[main]


def test_ours_may_be_about_to_be_written_and_others_not(folder: Path) -> None:
    (folder / "own.conf").unlink()
    assert read(folder).reads_own
    (folder / "hosts.conf").write_text("")
    assert not read(folder).reads_own
    (folder / "hosts.conf").unlink()
    with pytest.raises(GatewayError, match=r"hosts\.conf can't be read: No such file"):
        read(folder)


def test_includes_in_a_circle_have_an_end(folder: Path) -> None:
    (folder / "hosts.conf").write_text(f'include "{folder}/dhcpd.conf";')
    with pytest.raises(GatewayError, match="more than 10 includes within each other"):
        read(folder)


def test_a_broken_file_is_read_as_far_as_it_goes(folder: Path) -> None:
    (folder / "dhcpd.conf").write_text('} } host x { hardware ethernet q; fixed-address 10.40.0.50; option "open\n')
    assert ("10.40.0.50" in {identity for _place, identity in read(folder).reserved()}) is True
