"""Bad data is refused on the controller: every error at once, each with its path and what would be right."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError, load_fleet
from support.sites import berlin, write
from support.wrong_sites import CASES

Data = t.Dict[str, t.Any]


def _set(path: str, value: t.Any) -> t.Callable[[Data], None]:
    """Change one value: ``devices.0.mac``."""

    def change(data: Data) -> None:
        target: t.Any = data
        *parents, last = path.split(".")
        for key in parents:
            target = target[int(key)] if isinstance(target, list) else target[key]
        target[int(last) if isinstance(target, list) else last] = value

    return change


_DOMAINS: t.Dict[str, t.Any] = {"gateway.egress": "domains"}
_NO_WAY = (
    "gateway.egress: domains needs to know where {0} {1} goes, and neither the vendor nor the site says it: add under"
)
_NO_WAY += " endpoints: {{vendor: {0}, requirement: {1}, hosts: [a host that the vendor names]}}"
_NO_TIME = "; or name time servers under ntp of the VLAN, or give it redirect: [ntp]"
_IPV6 = "is an IPv6 address, and devices of {} have no IPv6: give a name, or an IPv4 address"
_NOTHING = "so its answers open nothing, which egress: domains needs"

TOGETHER: t.List[t.Tuple[t.Dict[str, t.Any], t.List[str]]] = [
    # Egress by domain: somebody must say where a required flow goes, and the gateway must be the one that is asked.
    (_DOMAINS, []),
    ({**_DOMAINS, "endpoints": [], "devices.2": None, "devices.1": None}, []),  # Kisi's spec has a wildcard
    (
        {**_DOMAINS, "endpoints.2": None, "endpoints.6": None},
        [
            _NO_WAY.format("spiio", "cloud-session"),
            _NO_WAY.format("tsi", "ntp") + _NO_TIME,
        ],
    ),
    ({**_DOMAINS, "endpoints.6": None, "vlans.0.ntp": ["192.0.2.123"]}, []),
    ({**_DOMAINS, "endpoints.6": None, "vlans.0.redirect": ["ntp"]}, []),
    (
        {**_DOMAINS, "endpoints.6": None, "vlans.0.ntp": ["2001:db8::123"]},
        [_NO_WAY.format("tsi", "ntp") + _NO_TIME],
    ),
    (
        {"endpoints.4.hosts": ["api.tsi.example", "2001:db8::7"], "responder": {"host": "2001:db8::8"}},
        [
            f"endpoints[4].hosts[1]: 2001:db8::7 {_IPV6.format('tsi')}",
            f"responder.host: 2001:db8::8 {_IPV6.format('kisi, spiio, tsi')}",
        ],
    ),
    (
        {**_DOMAINS, "endpoints.6": None, "vlans.0.redirect": ["ntp"], "vlans.0.redirect_exempt": ["air"]},
        [_NO_WAY.format("tsi", "ntp") + _NO_TIME],
    ),
    ({"endpoints": []}, []),  # by port nothing need be known
    (
        {**_DOMAINS, "vlans.0.dns": ["10.40.0.1", "9.9.9.9"]},
        [
            f"vlans[0].dns[1]: 9.9.9.9 is not the gateway, {_NOTHING}: name the router 10.40.0.1 here, or give the"
            " VLAN redirect: [dns]"
        ],
    ),
    ({**_DOMAINS, "vlans.0.dns": ["9.9.9.9"], "vlans.0.redirect": ["dns"]}, []),
    ({**_DOMAINS, "vlans.0.redirect": ["dns"], "vlans.0.redirect_exempt": ["lawn"]}, []),
    (
        {
            **_DOMAINS,
            "vlans.0.dns": ["9.9.9.9"],
            "vlans.0.redirect": ["dns"],
            "vlans.0.redirect_exempt": ["lawn"],
        },
        [
            f"vlans[0].redirect_exempt[0]: lawn would ask 9.9.9.9, which is not the gateway, {_NOTHING}: name the"
            " router 10.40.0.1 under dns instead, or do not exempt the device"
        ],
    ),
    # DHCP tells addresses of time servers, and no names.
    ({"vlans.0.dhcp_options": ["ntp"], "vlans.0.ntp": ["192.0.2.123"]}, []),
    ({"vlans.0.dhcp_options": ["ntp"], "vlans.0.redirect": ["ntp"]}, []),  # the gateway answers whomever is asked
    ({"vlans.0.dhcp_options": ["router"], "vlans.0.ntp": ["time.example"]}, []),
    (
        {
            "vlans.0.dhcp_options": ["ntp", "router", "dns", "no-captive-portal"],
            "vlans.0.ntp": ["192.0.2.123", "time.example", "2001:db8::123"],
        },
        [
            f"vlans[0].ntp[{place}]: {server} is no IPv4 address, and DHCP can tell nothing else: give the server's"
            " IPv4 address, or take ntp out of dhcp_options"
            for place, server in ((1, "time.example"), (2, "2001:db8::123"))
        ],
    ),
    (
        {"vlans.0.redirect": ["ntp"], "vlans.0.redirect_exempt": ["lawm", "toaster", "lawn"]},
        [
            "vlans[0].redirect_exempt[0]: lawm is no device of VLAN iot (did you mean lawn?)",
            "vlans[0].redirect_exempt[1]: toaster is no device of VLAN iot (known: air, front-door, lawn)",
        ],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), TOGETHER)
def test_what_values_mean_together(changes: t.Dict[str, t.Any], expected: t.List[str], tmp_path: Path) -> None:
    """None takes an entry out; what is left of the site is as good as before."""
    data = berlin()
    for where, value in changes.items():
        _set(where, value)(data)
    for key in ("devices", "endpoints"):
        data[key] = [entry for entry in data[key] if entry is not None]
    write(tmp_path, "berlin.yml", data)
    assert [error.replace(f"{tmp_path}/berlin.yml: ", "") for error in _errors_or_none(tmp_path)] == expected


def test_egress_by_domain_needs_a_spec_that_looks_names_up(tmp_path: Path) -> None:
    specs, sites = tmp_path / "specs", tmp_path / "sites"
    specs.mkdir()
    sites.mkdir()
    acme = {
        "schema": 1,
        "vendor": "acme",
        "title": "Acme",
        "sources": [{"id": "manual", "title": "Manual", "retrieved": "2026-11-20"}],
        "device_types": [{"type": "lock", "title": "Lock", "uplinks": [{"medium": "wifi"}]}],
        "requirements": [
            {
                "id": "cloud",
                "title": "Cloud",
                "kind": "outbound",
                "level": "required",
                "basis": "stated",
                "to": {"domains": ["cloud.acme.example"]},
                "all_of": [{"id": "tls", "protocol": "tcp", "port": 443}],
                "sources": [{"ref": "manual", "says": "TCP 443"}],
            }
        ],
    }
    write(specs, "acme.yml", acme)
    data = berlin()
    data["gateway"]["egress"] = "domains"
    data["devices"][0].update(vendor="acme", type="lock", uplink="wifi")
    data["endpoints"] = data["endpoints"][2:]
    write(sites, "berlin.yml", data)
    with pytest.raises(FleetError) as caught:
        load_fleet([sites], [specs])
    assert [error.partition("berlin.yml: ")[2] for error in caught.value.errors] == [
        "gateway.egress: domains opens what devices look up, and the spec of acme has no requirement of kind dns: add"
        " one"
    ]


def _errors(folder: Path) -> t.List[str]:
    with pytest.raises(FleetError) as caught:
        load_fleet([folder], [])
    return [error.replace(f"{folder}/", "") for error in caught.value.errors]


@pytest.mark.parametrize(("where", "value", "expected"), CASES)
def test_exact_message(where: str, value: t.Any, expected: str, tmp_path: Path) -> None:
    data = berlin()
    _set(where, value)(data)
    write(tmp_path, "berlin.yml", data)
    assert _errors(tmp_path) == [f"berlin.yml: {expected}"]


def test_every_error_at_once(tmp_path: Path) -> None:
    """Errors of shape and of meaning, in several files, in one run; a broken VLAN spawns no further ones."""
    data = berlin()
    for where, value in (
        ("devices.0.mac", "zz"),
        ("devices.0.vendor", "acme"),
        ("devices.1.ip", "10.40.0.120"),
        ("vlans.0.router", "nowhere"),
        ("colour", "red"),
    ):
        _set(where, value)(data)
    write(tmp_path, "berlin.yml", data)
    write(tmp_path, "oslo.yml", "a: [")
    write(tmp_path, "paris.yml", "")
    found = _errors(tmp_path)
    assert [error.split(": ", 2)[:2] for error in found[:5]] == [
        ["berlin.yml", "has an unknown key colour; known keys"],
        ["berlin.yml", "vlans[0].router"],
        ["berlin.yml", "devices[0].mac"],
        ["berlin.yml", "devices[1].ip"],
        ["berlin.yml", "devices[0].vendor"],
    ]
    assert found[5].startswith("oslo.yml: line 2: is not YAML: ")
    assert found[6] == ("paris.yml: is empty; a site needs at least plugin, schema, site, gateway, vlans and devices")
    assert len(found) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x00", "is not YAML: "),
        ("site: a\nsite: b\n", "line 2: is not YAML: the key site is there twice"),
        ("? [a]\n: b\n", "line 1: is not YAML: a key is not a single value"),
        ("!!python/object/apply:os.system [id]", "line 1: is not YAML: tag:yaml.org,2002:python/object/apply:os"),
        ("- just\n- a list\n", "a list is not a mapping of plugin, schema, site, gateway, vlans"),
        ("[" * 100_000, "is nested too deeply"),
        ("site: berlin\n", "has no plugin"),
        ("plugin: fieldnet.iot.sites\n", "has no schema"),
    ],
)
def test_files_that_are_no_site(text: str, expected: str, tmp_path: Path) -> None:
    write(tmp_path, "broken.yml", text)
    assert _errors(tmp_path)[0].startswith(f"broken.yml: {expected}")


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "berlin.yml").write_bytes(b"site: \xff\xfe\n")
    assert _errors(tmp_path) == ["berlin.yml: is not UTF-8 text"]


def test_across_sites(tmp_path: Path) -> None:
    other = berlin()
    other["gateway"]["host"] = "gw.oslo.example"
    other["site"] = "oslo"
    write(tmp_path, "berlin.yml", berlin())
    write(tmp_path, "oslo.yml", other)
    assert _errors(tmp_path) == [
        "oslo.yml: probes[0].host: probe.berlin.example is a duplicate of berlin.yml: probes[0].host",
        "oslo.yml: probes[0].mac: 02:00:00:00:00:20 is a duplicate of berlin.yml: probes[0].mac",
        *(
            f"oslo.yml: devices[{i}].mac: 02:00:00:00:00:1{i} is a duplicate of berlin.yml: devices[{i}].mac"
            for i in range(3)
        ),
    ]


def test_no_sites_at_all(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("all:\n  hosts:\n    gw: {}\n", encoding="utf-8")
    assert _errors(tmp_path) == [
        f"{tmp_path}: holds no site; a site is a YAML file that begins with plugin: fieldnet.iot.sites"
    ]
    with pytest.raises(FleetError, match="is neither a file nor a folder of sites"):
        load_fleet([tmp_path / "nowhere"], [])


def test_other_inventories_beside_the_sites_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "berlin.yml", berlin())
    (tmp_path / "hosts.yml").write_text("all:\n  hosts:\n    gw.berlin.example: {}\n", encoding="utf-8")
    (tmp_path / "netbox.yml").write_text("plugin: netbox.netbox.nb_inventory\n", encoding="utf-8")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text("ansible_user: root\n", encoding="utf-8")
    assert [found.name for found in load_fleet([tmp_path], []).sites] == ["berlin"]


@pytest.mark.parametrize("mac", ["10:20:30:40:50:10", "02:00:00:00:00:10", "02-00-00-00-00-0A"])
def test_unquoted_mac_is_text(mac: str, tmp_path: Path) -> None:
    """YAML 1.1 reads 10:20:30:40:50:10 as a number in base 60."""
    data = berlin()
    data["devices"][0]["mac"] = "MAC"
    path = write(tmp_path, "berlin.yml", data)
    path.write_text(path.read_text(encoding="utf-8").replace("MAC", mac), encoding="utf-8")
    found = load_fleet([tmp_path], []).sites[0].devices[0].mac
    assert found == mac.lower().replace("-", ":")


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_PLACES = [where for where, _value, _message in CASES]


@given(where=st.sampled_from(_PLACES), junk=_JUNK)
def test_junk_never_raises_anything_else(where: str, junk: t.Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever stands anywhere, it is a site or a list of errors."""
    folder = tmp_path_factory.mktemp("junk")
    data = berlin()
    _set(where, junk)(data)
    write(folder, "berlin.yml", data)
    errors = _errors_or_none(folder)
    assert all(error.startswith(str(folder)) and "\n" not in error for error in errors)


def _errors_or_none(folder: Path) -> t.List[str]:
    try:
        load_fleet([folder], [])
    except FleetError as exc:
        return exc.errors or ["refused without a word"]
    return []
