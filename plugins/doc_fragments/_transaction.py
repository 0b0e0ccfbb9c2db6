# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Options of the modules that change a gateway."""

from __future__ import annotations


class ModuleDocFragment:
    """How a change belongs to a transaction."""

    DOCUMENTATION = r"""
options:
  transaction:
    description:
      - The id of a transaction (see M(fieldnet.iot.transaction)) that this change belongs to. It is opened if it is not
        open. The change takes effect at once, but lasts only if the transaction is confirmed. If not, the host itself
        puts back all that belongs to it.
      - Without one, the change is a transaction by itself. It is confirmed when the module has seen it work.
      - Letters, digits, dots, underscores and dashes, at most 64.
    type: str
    default: ""
  rollback_after:
    description:
      - The seconds after which the host puts back the old state by itself, unless the transaction is confirmed before.
        Each change that joins a transaction sets this timer anew.
      - Left out, it is that of the transaction, or 120 where there is none yet.
      - It runs on the host and needs neither Ansible nor Python. It is what helps when the module is killed or the
        connection is cut. A power cut is put back at the next boot.
    type: int
"""
