#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: path_trace
short_description: Say where on a gateway the packets of a flow come to their end, and by which rule
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Follows the packets of given flows through a Linux gateway, while somebody sends them, and returns for each flow the
    place where they came to their end. The kernel itself names each rule that a packet meets, whoever made it, so also
    those of iptables-nft and of firewalld. C(nft monitor trace) shows the same to a person.
  - What no rule does is found as well. That is forwarding that is switched off, a missing route, the reverse path
    filter, a neighbour that does not answer, an answer that never came, and a packet that never arrived.
  - For that time there is a table of its own, C(inet fieldnet_iot_trace), which decides nothing and touches no other.
    The kernel removes it as soon as the process that made it ends, however it ends; where the kernel is too old for
    that (before 5.12), a timer on the host removes it.
  - Only packets of these flows, and the answers to them, are traced, at most 20 of a flow in a second.
  - A host that can't do this says so, as the place V(untraceable), and the task does not fail.
requirements:
  - Linux with nftables
  - iproute2
  - root
attributes:
  check_mode:
    description: Loads nothing, and says V(untraceable) of each flow.
    support: partial
    details: What packets meet can't be told without following them.
  diff_mode:
    description: There is nothing to show, since nothing stays changed.
    support: none
  idempotent:
    description: Nothing stays changed.
    support: full
  platform:
    description: Needs Linux.
    platforms: linux
    support: full
options:
  state:
    description:
      - With V(traced) the task takes as long as O(duration), and returns what it saw.
      - With V(started) it returns at once with RV(token), and packets are traced in the background. What was seen is
        then fetched with V(ended), the same O(flows), and this token, at the latest two minutes after the end of
        O(duration).
    type: str
    choices: [traced, started, ended]
    default: traced
  flows:
    description: The flows, at most 256.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: "What the result is found by. Letters, digits and C(_ . / : * -)."
        type: str
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        required: true
      source:
        description: The address of the sender, or a network that it is in.
        type: str
        required: true
      destination:
        description: The address that it sends to, as the sender sees it.
        type: str
        required: true
      port:
        description: The port that it sends to, V(1) to V(65535).
        type: raw
        required: true
      mac:
        description: The MAC address of the sender. To be given where O(flows[].source) is a network.
        type: str
      interface:
        description: The gateway's interface where the packets ought to come in. With it more is seen, what happens
          before the IP layer.
        type: str
  duration:
    description: How long packets are traced at most, in seconds, V(1) to V(300).
    type: float
    default: 10
  token:
    description: What a call with O(state=started) returned. Needed with O(state=ended).
    type: str
  name:
    description: What this host is called in the results. By default its host name.
    type: str
notes:
  - There can be one trace at a time on a host. Who comes second is told V(untraceable).
  - What a flow table (flow offload) forwards, passes no rules and can't be followed; the first packets of a connection
    always can.
  - Chains of the hook egress come after the last place that is looked at.
seealso:
  - module: fieldnet.iot.probe
  - module: fieldnet.iot.firewall_policy
"""

EXAMPLES = r"""
- name: Follow what the front door sends to its cloud in the next 20 seconds
  fieldnet.iot.path_trace:
    duration: 20
    flows:
      - id: cloud
        protocol: tcp
        source: 10.40.0.10
        destination: 203.0.113.10
        port: 31314
        interface: vlan40
  become: true
  register: traced

- name: Say where it ended
  ansible.builtin.debug:
    msg: "{{ traced.results[0].reason }}. {{ traced.results[0].remedy }}"
"""

RETURN = r"""
traced:
  description: Whether this host could trace packets.
  type: bool
  returned: success
  sample: true
token:
  description: What the trace is ended by.
  type: str
  returned: success
  sample: 2b521784a1e94e06bd1a4a7a6f1d8e35
results:
  description: The flows in their order. Empty with O(state=started).
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Of the flow.
      type: str
      sample: cloud
    place:
      description:
        - Where it ended.
        - V(never_arrived), not even at the gateway. V(at_interface), at the gateway's interface, but not at its IP
          layer.
        - V(dropped) or V(rejected) by RV(results[].rule). V(held), given to another program by that rule. V(vanished)
          in a hook where no rule of nftables dropped it, so probably by iptables-legacy.
        - V(forwarding_off), V(no_route), V(reverse_path) or V(lost_in_routing), by the routing decision.
        - V(no_neighbour), the next device does not answer. V(unanswered), it left the gateway, and no answer came back.
          V(unanswered_here), it reached the gateway's own program, which does not answer.
        - V(delivered), the answer went back into the VLAN. V(untraceable), this host can't tell.
      type: str
      sample: dropped
    direction:
      description: Whether it was the V(request) that ended there, or the V(reply).
      type: str
      sample: request
    rule:
      description: The rule, or the policy of a chain (its handle is 0), that decided.
      type: dict
      contains:
        family:
          description: Of the table.
          type: str
          sample: inet
        table:
          description: The table.
          type: str
          sample: corp
        chain:
          description: The chain.
          type: str
          sample: fwd_main
        handle:
          description: The rule's handle, as C(nft -a) shows it.
          type: int
          sample: 7
        text:
          description: The rule, as nft or iptables shows it.
          type: str
          sample: tcp dport 31314 drop comment "ticket 4711"
        comment:
          description: Its comment.
          type: str
          sample: ticket 4711
        ours:
          description: Whether it is in the table of this collection.
          type: bool
          sample: false
    changes:
      description: What NAT made of the addresses of the request.
      type: list
      elements: dict
      contains:
        end:
          description: Which of them, V(source) or V(destination).
          type: str
          sample: source
        before:
          description: What it was.
          type: str
          sample: 10.40.0.10
        after:
          description: What it became.
          type: str
          sample: 203.0.113.1
        rule:
          description: The rule that did so, as above; null where none was seen to.
          type: dict
    packets:
      description: How many packets of the request were followed.
      type: int
      sample: 2
    answers:
      description: How many packets of the reply were followed.
      type: int
      sample: 0
    reason:
      description: All that in one sentence.
      type: str
      sample: "it was dropped on gw-berlin by table inet corp, chain fwd_main: `tcp dport 31314 drop` (ticket 4711);
        not a rule of this collection"
    remedy:
      description: What to change, or where to look next.
      type: str
      sample: have whoever owns table inet corp, chain fwd_main accept tcp 31314 from 10.40.0.10 to 203.0.113.10 before
        this rule
told:
  description: Each flow's reason and remedy, for a person. Not there with O(state=started), if packets are traced.
  type: list
  elements: str
  returned: success
  sample:
    - "tcp 31314 from 10.40.0.10 to 203.0.113.10: it left gw-berlin through wan0 towards tcp/203.0.113.10:31314, and no
      answer came back to it. To do: ..."
errors:
  description: What is wrong with the options, one entry each.
  type: list
  elements: str
  returned: if the options are refused
  sample: ["flows[0].port: is not a port (1 to 65535)"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._trace._module import run_module

FLOW = {
    "id": {"type": "str", "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "source": {"type": "str", "required": True},
    "destination": {"type": "str", "required": True},
    "port": {"type": "raw", "required": True},
    "mac": {"type": "str"},
    "interface": {"type": "str"},
}
ARGUMENTS = {
    "state": {"type": "str", "choices": ["traced", "started", "ended"], "default": "traced"},
    "flows": {"type": "list", "elements": "dict", "required": True, "options": FLOW},
    "duration": {"type": "float", "default": 10},
    "token": {"type": "str", "no_log": False},
    "name": {"type": "str"},
}


def main() -> None:
    """Run the module."""
    run_module(
        AnsibleModule(argument_spec=ARGUMENTS, required_if=[("state", "ended", ("token",))], supports_check_mode=True)
    )


if __name__ == "__main__":
    main()
