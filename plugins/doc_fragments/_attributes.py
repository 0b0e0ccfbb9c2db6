# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the probe modules can and can't do, in Ansible's own terms."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of the probe modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Runs in check mode as ever and returns the same, since it changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show, since nothing changes.
    support: none
  idempotent:
    description: Changes nothing, however often it runs.
    support: full
  platform:
    description:
      - Linux tells which device rejected a packet. On other systems the errno is all there is, and results say so.
      - For TCP this needs Linux 5.8, for UDP any.
    platforms: posix
    support: full
"""

    # Should be used together with the standard fragment
    GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/fieldnet.iot.probes) in C(module_defaults) to set options for all probe modules at once.
    support: full
    membership:
      - fieldnet.iot.probes
"""
