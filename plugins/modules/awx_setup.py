#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: awx_setup
short_description: Give AWX the project, inventory, job templates, surveys and workflows of a fleet of sites
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads one file of a few lines, refuses it with every error at once, and lets the modules of the collection awx.awx
    see to each object. Makes an organization, a credential type for the egress responder's key, credentials, an
    execution environment, a project, an inventory with its source, job templates with their surveys for the playbooks
    that are run on sites, and two workflows.
  - What AWX has beside these objects stays as it is. An object that this module has made is found again by its name.
  - Runs on the controller. Which AWX it is, and who you are, awx.awx takes from E(CONTROLLER_HOST) and
    E(CONTROLLER_OAUTH_TOKEN), or from E(CONTROLLER_USERNAME) and E(CONTROLLER_PASSWORD).
options:
  src:
    description: The file that says what AWX is to have. C(docs/awx.md) has its keys.
    type: path
    required: true
  secrets_var:
    description:
      - The name of the variable with the secret values of the credentials that are made, a mapping. Of a Machine
        credential C(ssh_key_data), C(ssh_key_unlock), C(password) and C(become_password), and C(responder_key).
      - Keep it in a vault. Its values are in no argument, no result and no message.
    type: str
    default: iot_awx_secrets
  update_secrets:
    description:
      - Whether secret values that AWX has are replaced. AWX shows none, so that each run is a change then.
      - Without this, a credential is only changed where something else of it differs.
    type: bool
    default: false
requirements:
  - the collection awx.awx, on the controller
attributes:
  check_mode:
    description: Can run in check mode. What would be made new, and what hangs on it, is told as changed.
    support: full
  diff_mode:
    description: Says which objects differ, and not in what.
    support: none
"""

EXAMPLES = r"""
- name: Give AWX what it needs
  fieldnet.iot.awx_setup:
    src: awx.yml
  delegate_to: localhost
  vars:
    iot_awx_secrets:
      ssh_key_data: "{{ vault_site_key }}"
      responder_key: "{{ vault_responder_key }}"
"""

RETURN = r"""
objects:
  description: The objects of AWX in the order in which they were seen to.
  type: list
  elements: dict
  returned: when the file is valid
  contains:
    object:
      description: Its kind and name.
      type: str
    changed:
      description: Whether it was made or changed, in check mode would be.
      type: bool
  sample:
    - {object: "job template IoT sites: provision", changed: false}
errors:
  description: Everything that is wrong with the file, the secrets or this machine.
  type: list
  elements: str
  returned: when nothing was touched
  sample: ["awx.yml: has an unknown key projct; did you mean project?"]
"""
