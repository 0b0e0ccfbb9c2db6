# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Options that all probe modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """From where, how long and how often to probe."""

    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - Seconds that one attempt of a check may take, name resolution included, V(0.1) to V(60).
      - All checks run at the same time, so that any number of dropped ports costs one timeout.
    type: float
    default: 3.0
  attempts:
    description:
      - How often to try before a check counts as failed, V(1) to V(10). Between attempts is a pause of one second.
        What a device rejects is not tried again.
      - A check that passed only at a later attempt is marked RV(results[].flaky).
    type: int
    default: 1
  interface:
    description:
      - The interface, or VRF device, to send from. Needs root on Linux before 5.7.
      - Left out, the host's routes decide.
    type: str
  source:
    description: The IP address of the host to send from. Left out, the host decides.
    type: str
  family:
    description: Which addresses of a name to try.
    type: str
    choices: [any, ipv4, ipv6]
    default: any
  nameservers:
    description:
      - The IP addresses of one to three DNS servers to look names up at, the first that knows a name decides. A plan
        gives those of the VLAN, which devices ask too. They are asked the way the check itself goes, and need
        C(dnspython) on the host.
      - Left out, the host's own resolver is asked.
    type: list
    elements: str
  time_limit:
    description: Seconds that the whole call may take, V(1) to V(3600). Checks that are not done by then are not judged.
    type: float
    default: 300.0
  strict:
    description:
      - Fail the task when a check does not pass. All results are returned all the same.
      - By default the task succeeds whatever the network does, and RV(passed) and RV(results) tell what was seen.
    type: bool
    default: false
notes:
  - No privilege is needed, except by checks that say so.
  - Every address of a name is tried and reported by itself, at most 16 of one name.
  - Devices limit how many ICMP errors they send (Linux sends 6 at once to one peer, then one per second). A target is
    therefore sent 6 datagrams at once and then one per second, unless it answers. Many closed UDP ports of one target
    take their time.
  - A connection that was only opened to see whether it opens is closed by a TCP reset.
"""
