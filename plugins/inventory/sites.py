# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin: a folder of sites is an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sites
short_description: Gateways and probe hosts from the files of sites
version_added: 0.1.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - "Each site is one YAML file that begins with C(plugin: fieldnet.iot.sites), so that a folder of sites is an
    inventory of its own, as in C(ansible-playbook -i sites/ fieldnet.iot.site)."
  - Every gateway is in the group C(iot_gateways), every probe host in C(iot_probes), and both in the group C(site_)
    followed by the site's name.
  - A file that is not a valid site still gives its hosts, as far as they can be read. It is refused, with every error,
    by M(fieldnet.iot.plan), the first task of each playbook.
options:
  plugin:
    description: Marks the file as a site.
    type: str
    required: true
    choices: [fieldnet.iot.sites]
notes:
  - Connection variables (C(ansible_host), C(ansible_user)) belong in C(host_vars) or C(group_vars) beside the sites, or
    in a second inventory.
"""

EXAMPLES = r"""
# sites/berlin.yml
plugin: fieldnet.iot.sites
schema: 1
site: berlin
gateway: {host: gw.berlin.example, dhcp: kea}
vlans:
  - {name: iot, interface: vlan40, subnet: 10.40.0.0/24, router: 10.40.0.1, dns: [10.40.0.1]}
probes:
  - {host: probe.berlin.example, vlan: iot, interface: eth0, mac: 02:00:00:00:00:20}
devices:
  - {name: front-door, vendor: kisi, type: controller_pro, mac: 02:00:00:00:00:10, ip: 10.40.0.10, vlan: iot}
"""

import typing as t
from pathlib import Path

from ansible.plugins.inventory import BaseInventoryPlugin

from ansible_collections.fieldnet.iot.plugins.plugin_utils import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site import inventory_hosts


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """Reads the hosts of one site's file, and leaves judging its data to the plan."""

    NAME = "fieldnet.iot.sites"

    def verify_file(self, path: str) -> bool:
        """Whether this may be a site's file: by its name alone."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the site's hosts with the variables ``iot_site`` and ``iot_site_file``."""
        super().parse(inventory, loader, path, cache)
        data, _problems = _yaml.load(Path(path))
        name, gateways, probes = inventory_hosts(data)
        site_group = inventory.add_group(f"site_{name}") if name else None
        for group, hosts in (("iot_gateways", gateways), ("iot_probes", probes)):
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)
                inventory.set_variable(host, "iot_site", name)
                inventory.set_variable(host, "iot_site_file", path)
                if site_group:
                    inventory.add_child(site_group, host)
