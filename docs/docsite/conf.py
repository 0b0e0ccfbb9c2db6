# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the documentation's site (make site): guides in Markdown, plugins' pages as antsibull-docs writes
them. It needs no network: what is Ansible's own is linked to by its address, without asking for an inventory."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

project = "fieldnet.iot"
project_copyright = "2026, fieldnet.iot contributors"
html_title = "fieldnet.iot"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
root_doc = "index"
exclude_patterns = ["tests/unit"]

html_theme = "sphinx_rtd_theme"
html_theme_options = {"collapse_navigation": True, "navigation_depth": 3}
html_static_path = ["docs/docsite/static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
pygments_style = "ansible"
highlight_language = "text"  # of blocks that name none
myst_heading_anchors = 4  # the same anchors as where the files are shown by themselves
nitpicky = True

_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "inventory_plugins": "plugins/inventory.html",
    "lookup_plugins": "plugins/lookup.html",
}
_PLUGIN = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.(\w+)_(module|lookup|filter|inventory|callback)(__.*)?")


def _link_to_ansible(_app: object, _env: object, node: Any, content: Any) -> nodes.reference | None:
    """Where a label of Ansible's own documentation leads; None, which is an error, for any other that is missing."""
    label = str(node.get("reftarget", ""))
    if node.get("reftype") == "envvar" and label.startswith("ANSIBLE_"):
        return nodes.reference("", "", content, refuri=f"{_ANSIBLE}reference_appendices/config.html#envvar-{label}")
    plugin = _PLUGIN.fullmatch(label)
    if plugin and plugin.group(1, 2) != ("fieldnet", "iot"):
        page = f"collections/{plugin[1]}/{plugin[2]}/{plugin[3]}_{plugin[4]}.html"
    elif label in _PAGES:
        page = _PAGES[label]
    else:
        return None
    return nodes.reference("", "", content, refuri=_ANSIBLE + page)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", _link_to_ansible)
