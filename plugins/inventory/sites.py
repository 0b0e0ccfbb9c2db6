# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin: a folder of sites is an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sites
short_description: Gateways and probe hosts from the files of sites
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - "Each site is one YAML file that begins with C(plugin: fieldnet.iot.sites), so that a folder of sites is an
    inventory of its own, as in C(ansible-playbook -i sites/ fieldnet.iot.site)."
  - "A file with the options below, with O(path) and no site in it, is the inventory of a whole fleet: one source, for
    AWX and whoever needs a file, a cache, or groups of their own."
  - Every gateway is in the group C(iot_gateways), every probe host in C(iot_probes), those that
    share a VLAN with another one in C(iot_probe_pairs), too, and gateways and probe hosts in the groups C(site_)
    with the site's name, C(vendor_) with each vendor of its devices, and C(tag_) with each of its tags.
  - Each host has the variables C(iot_site), C(iot_site_file), C(iot_vendors) and C(iot_tags), a probe host also
    C(iot_vlan).
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as a site, or as the inventory of a fleet.
    type: str
    required: true
    choices: [fieldnet.iot.sites]
  path:
    description:
      - Folders of sites, or single files, relative to this file.
      - A site's file has none; it is a site.
    type: list
    elements: str
  vendor_path:
    description:
      - Folders with vendor specs of your own, relative to this file, else to the working directory.
      - Hosts get it as the variable C(iot_vendor_path), which the playbooks read.
    type: list
    elements: str
    default: []
    env: [{name: FIELDNET_IOT_VENDOR_PATH}]
    ini: [{section: fieldnet_iot, key: vendor_path}]
    vars: [{name: iot_vendor_path}]
  invalid_sites:
    description: What becomes of a site that is wrong.
    type: str
    default: keep
    choices:
      keep: >-
        Sites are not checked here; their hosts are there as far as they can be read. M(fieldnet.iot.plan), the first
        task of each playbook, tells what is wrong, all of it at once, before anything is touched. The sites that are
        wrong are refused, the others go on, and the run ends with an error.
      fail: All sites are checked, and one that is wrong ends the run, with every error. (Ansible itself goes on where
        an inventory fails.) The playbooks do the same where the inventory is another one.
      skip: All sites are checked; one that is wrong is told in a warning with every error, and its hosts are not there.
        The playbooks leave it out, too.
    env: [{name: FIELDNET_IOT_INVALID_SITES}]
    ini: [{section: fieldnet_iot, key: invalid_sites}]
    vars: [{name: iot_invalid_sites}]
  cache:
    description:
      - Keep what the sites' files say. It is read anew when any of the files, their tables of devices or their vendor
        specs changes.
      - For the inventory of a fleet alone; a site's own file is always read.
notes:
  - Connection variables (C(ansible_host), C(ansible_user)) belong in C(host_vars) or C(group_vars) beside the sites, or
    in a second inventory.
  - "Tables of devices (C(devices_csv)) must not lie in a folder that is given by C(-i): Ansible takes each CSV file
    there for an inventory. The inventory of a fleet has no such trouble."
"""

EXAMPLES = r"""
# sites/berlin.yml
plugin: fieldnet.iot.sites
schema: 1
site: berlin
tags: [pilot]
gateway: {host: gw.berlin.example, dhcp: kea}
vlans:
  - {name: iot, interface: vlan40, subnet: 10.40.0.0/24, router: 10.40.0.1, dns: [10.40.0.1]}
probes:
  - {host: probe.berlin.example, vlan: iot, interface: eth0, mac: 02:00:00:00:00:20}
devices:
  - {name: front-door, vendor: kisi, type: controller_pro, mac: 02:00:00:00:00:10, ip: 10.40.0.10, vlan: iot}

---
# fleet.iot.yml: all sites by one file
plugin: fieldnet.iot.sites
path: [sites/]
vendor_path: [vendors/]
invalid_sites: skip
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible/iot
keyed_groups:
  - {key: "iot_site.split('_')[0]", prefix: country}
compose:
  ansible_user: "'iot-' ~ iot_site"
"""

import typing as t
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.manager import IGNORED
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory import _listing as listing
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._file import is_fleet_file, read_fleet_file
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import follow, read_as_inventory, shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._hosts import Hosts, hosts_of_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._csv import table_names, table_path
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._sites import TABLES

_PARSER_ERROR = 4  # Ansible's own exit code for data that can't be read
_WARNED: t.Set[Path] = set()  # tables, once a run
_COMPOSED = ("compose", "groups", "keyed_groups")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """Reads the hosts of a site's file, or of a fleet's; whether the data are right is the plan's, unless asked."""

    NAME = "fieldnet.iot.sites"

    def verify_file(self, path: str) -> bool:
        """Whether this may be ours, by its name; tables are, so that nobody else takes them for lists of hosts."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml", ".csv"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add hosts with their groups and variables."""
        super().parse(inventory, loader, path, cache)
        if path.endswith(".csv"):  # read with the site that names it
            return
        data, problems = _yaml.load(Path(path))
        if problems or not isinstance(data, dict) or data.get("plugin") != self.NAME:
            raise AnsibleParserError("; ".join(map(str, problems)) or f"is no site: it has no plugin: {self.NAME}")
        if is_fleet_file(data):
            try:
                self._add_fleet(data, path, cache)
            except AnsibleError as exc:
                self._stop([f"{shown(Path(path))}: {exc}"])
        else:
            self._add_site(data, path)

    def _add_site(self, data: t.Dict[str, t.Any], path: str) -> None:
        self.set_options(direct={"plugin": self.NAME}, var_options=self._vars)
        mode, vendor_path = self.get_option("invalid_sites"), self.get_option("vendor_path")
        sources = to_paths(str(source) for source in context.CLIARGS.get("inventory") or [path])
        self._warn_of_tables(data, Path(path), sources)
        if mode == "keep":
            self._add(hosts_of_data(data, Path(path), TABLES), vendor_path)
            return
        judged = listing.judged_once(Path(path), sources, to_paths(vendor_path), mode == "skip")
        self._tell(judged)
        for hosts in judged.sites:
            if hosts.file == path:
                self._add(hosts, vendor_path)

    def _warn_of_tables(self, data: object, path: Path, sources: t.Sequence[Path]) -> None:
        """Ansible reads every file in an inventory's folder, and its ini plugin takes a table's rows for hosts."""
        if self.NAME in C.INVENTORY_ENABLED:  # then verify_file keeps them from it
            return
        for table in dict.fromkeys(table_path(path, name) for _index, name in table_names(data)):
            if table not in _WARNED and read_as_inventory(table, sources, IGNORED):
                _WARNED.add(table)
                self.display.warning(
                    f"{shown(table)}: Ansible takes the rows of this table for hosts, since it lies in an inventory's"
                    " folder: put it beside that, or set ignore_patterns = \\.csv$ under [inventory] in ansible.cfg"
                )

    def _add_fleet(self, data: object, path: str, cache: bool) -> None:
        fleet, problems = read_fleet_file(data, Path(path))
        if fleet is None:
            self._stop([f"{shown(Path(path))}: {problem}" for problem in problems])
        self._read_config_data(path)
        errors: t.List[str] = []
        sources = follow(fleet.sources, errors)
        folders = [*fleet.vendor_folders, *sources.vendor_folders]
        if not fleet.vendor_folders:
            folders += to_paths(self.get_option("vendor_path"))
        mode = self.get_option("invalid_sites")
        key, keep = self.get_cache_key(path), self.get_option("cache")
        found = listing.recalled(self._kept(key), mode, sources.files, folders) if keep and cache else None
        if found is None:
            found = (
                listing.unchecked(sources.files, fleet.sources)
                if mode == "keep"
                else listing.checked(fleet.sources, folders, mode == "skip")
            )
            if keep and not found.errors and not errors:
                self._cache[key] = listing.remembered(found, mode, sources.files, folders)
        self._tell(found._replace(errors=[*errors, *found.errors]))
        for hosts in found.sites:
            self._add(hosts, [str(folder) for folder in folders])
        self._construct(found.sites)

    def _kept(self, key: str) -> object:
        try:
            return self._cache.get(key)
        except Exception as exc:  # noqa: BLE001 - whatever lies in the cache, the sites are read instead
            self.display.vvv(str(exc))
            return None

    def _tell(self, found: listing.Listing) -> None:
        for warning in found.warnings:
            self.display.warning(warning, formatted="\n" in warning)
        if found.errors:
            self._stop(found.errors)

    def _stop(self, errors: t.Sequence[str]) -> t.NoReturn:
        """End the run here: where an inventory fails, Ansible goes on without its hosts, and succeeds."""
        self.display.error(str(FleetError(errors)), wrap_text=False)
        raise SystemExit(_PARSER_ERROR)

    def _add(self, hosts: Hosts, vendor_path: t.Sequence[str] = ()) -> None:
        for group in ("iot_gateways", "iot_probes", "iot_probe_pairs", *hosts.groups):
            self.inventory.add_group(group)
        for host, role, variables in hosts.variables():
            self.inventory.add_host(host, group=role)
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)
            if vendor_path:
                self.inventory.set_variable(host, "iot_vendor_path", list(vendor_path))
            for group in hosts.groups:
                self.inventory.add_child(group, host)
        for host in hosts.paired:
            self.inventory.add_child("iot_probe_pairs", host)

    def _construct(self, sites: t.Iterable[Hosts]) -> None:
        """The user's own variables and groups."""
        compose, groups, keyed = (self.get_option(name) for name in _COMPOSED)
        if not (compose or groups or keyed):
            return
        strict = self.get_option("strict")
        names = dict.fromkeys(host for hosts in sites for host, _role, _variables in hosts.variables())
        for host in names:
            self._set_composite_vars(compose, self.inventory.get_host(host).get_vars(), host, strict)
            self._add_host_to_composed_groups(groups, {}, host, strict)
            self._add_host_to_keyed_groups(keyed, {}, host, strict)
