#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: http_probe
short_description: Look for captive portals from the managed host
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Fetches plain HTTP pages whose content is known beforehand, as phones and computers do to find captive portals, all
    at the same time, and says for each whether it was answered as expected, whether a portal answered instead, and
    where that is.
  - Redirects are reported, never followed. At most 64 KiB of a page are read.
  - Where DHCP names the API of a captive portal (RFC 8910), that can be asked as well whether it holds the host (RFC
    8908). What DHCP offers shows M(fieldnet.iot.probe) by a check of kind V(dhcp).
  - Any page will do whose status, or a part of whose body, is known, so that a site can host its own.
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  pages:
    description: The pages to fetch. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      url:
        description: The C(http) URL of the page, without credentials. Always needed.
        type: str
      expect_status:
        description: The status that proves it, V(204) by default.
        type: raw
      expect_body:
        description: What the body must contain beside that. Nothing by default.
        type: str
      api_url:
        description:
          - The C(https) URL of the captive portal's API, which is what DHCP's option 114 says. Not asked by default.
          - If it says that the host is captive, that is V(portal) whatever the page says. If it can't be asked, the
            page decides.
          - V(urn:ietf:params:capport:unrestricted), by which a network says that it has no portal, is taken too.
        type: str
      validate_certs:
        description: Whether a certificate authority must vouch for the API's server, V(true) by default.
        type: raw
      id:
        description: A name for the result, unique within the call. By default made of kind and host.
        type: str
      timeout:
        description: Overrides O(timeout).
        type: raw
      attempts:
        description: Overrides O(attempts).
        type: raw
      interface:
        description: Overrides O(interface).
        type: str
      source:
        description: Overrides O(source).
        type: str
      family:
        description: Overrides O(family).
        type: str
seealso:
  - module: fieldnet.iot.probe
  - module: ansible.builtin.uri
    description: Talks to web services. It follows redirects by default, so that a portal's login page looks like the
      answer.
"""

EXAMPLES = r"""
- name: Look for a captive portal
  fieldnet.iot.http_probe:
    interface: eth0
    pages:
      - {url: "http://connectivitycheck.gstatic.com/generate_204"}
      - url: http://connectivitycheck.gstatic.com/generate_204
        api_url: https://portal.example.com/api
      - {url: "http://captive.apple.com/hotspot-detect.html", expect_status: 200, expect_body: Success}
  register: pages

- name: Say where the portal is
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ pages.results | rejectattr('observation', 'eq', 'open') }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
passed:
  description: Whether every page was answered as expected.
  type: bool
  returned: always
  sample: false
results:
  description: One result for each page, in the order of O(pages).
  type: list
  elements: dict
  returned: always
  sample:
    - id: http/connectivitycheck.gstatic.com
      kind: http
      target: http://connectivitycheck.gstatic.com/generate_204
      observation: portal
      reason: 203.0.113.10 answered 302 and points to https://portal.example.com/login
      elapsed: 0.014
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 203.0.113.10
          observation: portal
          reason: 203.0.113.10 answered 302 and points to https://portal.example.com/login
          elapsed: 0.013
          errno: null
          icmp: null
      status: 302
      portal_url: https://portal.example.com/login
  contains:
    id:
      description: The O(pages[].id), or a name made of kind and host.
      type: str
    kind:
      description: Always V(http).
      type: str
    target:
      description: The URL.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses,
          V(portal) or V(tampered) if it is so at one, else what proves most.
        - V(open) means that the page was answered as expected.
        - V(portal) means that a captive portal answered, by a redirect or the status 511, or that its API says so.
        - V(tampered) means that the page was answered otherwise.
        - V(dropped) means silence, when connecting or after it.
        - V(closed_or_reset) means a TCP reset, by the target or by a firewall in its name, which nobody can tell apart.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
        - V(no_route) means that this host could not send the packet on.
        - V(name_error) means that the name did not resolve.
        - V(not_run) means that the check could not be made. RV(results[].reason) says what is missing.
      type: str
    reason:
      description: The observation in one sentence.
      type: str
    elapsed:
      description: Seconds that the check took, all attempts together.
      type: float
    attempts:
      description: How many attempts were made.
      type: int
    flaky:
      description: Whether it passed, but not at the first attempt.
      type: bool
    bound:
      description: From where the check was made, as its O(interface), O(source) and O(family) say.
      type: dict
      contains:
        interface:
          description: The interface it was bound to.
          type: str
        source:
          description: The source address it was bound to.
          type: str
        family:
          description: The address family it was held to, V(any) for none.
          type: str
    addresses:
      description: Every address of the host by itself. Empty when there is none.
      type: list
      elements: dict
      contains:
        address:
          description: The IP address.
          type: str
        observation:
          description: What was seen there.
          type: str
        reason:
          description: The same in one sentence.
          type: str
        elapsed:
          description: Seconds from the first packet to the verdict.
          type: float
        errno:
          description: The name of the error that the system reported, if any.
          type: str
        icmp:
          description: The ICMP error that came back, if any and if the system tells. It has C(type), C(code), C(name)
            and C(from), the address of the device that sent it.
          type: dict
    status:
      description: The HTTP status. Null without one.
      type: int
      returned: when the port opened
    portal_url:
      description: Where the portal sends a browser, if it says so.
      type: str
      returned: when the port opened
    api:
      description: What the captive portal's API says.
      type: dict
      returned: with O(pages[].api_url)
      contains:
        captive:
          description: Whether it holds this host captive. Null if it could not be asked.
          type: bool
        error:
          description: Why it could not be asked.
          type: str
        portal_url:
          description: Where a person gets out.
          type: str
        venue_url:
          description: Where a person learns more of the place.
          type: str
        can_extend:
          description: Whether the session can be extended.
          type: bool
        seconds_left:
          description: Seconds until the host is held captive again.
          type: int
        bytes_left:
          description: Bytes until the host is held captive again.
          type: int
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, of_kind, run_module


def main() -> None:
    """Run the module."""
    pages = {"type": "list", "elements": "dict", "required": True, "options": spec_of("http")}
    module = AnsibleModule(argument_spec={**SHARED_SPEC, "pages": pages}, supports_check_mode=True)
    run_module(module, "pages", partial(of_kind, "http"))


if __name__ == "__main__":
    main()
