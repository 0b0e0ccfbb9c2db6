#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wifi_scan_info
short_description: Tell which wireless networks are on the air around a host
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Scans on a wireless interface of the managed host with the program C(iw), and returns what each network says of
    itself. Name, band, channel, security, protected management frames, standards and WPS.
  - It hears what reaches this host's antenna, on the bands of this host's card. A card for 2.4 GHz alone hears nothing
    of 5 GHz, and says nothing about it.
  - A site whose data names a C(radio) of a probe host has this as a part of its checks, beside all others.
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
    description: Needs Linux with a wireless card that has a driver of the kernel's nl80211 kind.
    platforms: linux
    support: full
requirements:
  - iw
  - root (or CAP_NET_ADMIN)
options:
  interface:
    description: The wireless interface to scan on. It must be up. It need not be joined to any network.
    type: str
    required: true
  ssids:
    description:
      - Hidden networks to ask for by name, at most 64. A hidden network shows its name to those alone who ask for it.
      - A card can ask for so many at once, many cards for four. Beyond that it asks for none, and there is a warning.
      - Their names go over the air, where everybody can read them.
    type: list
    elements: str
    default: []
  timeout:
    description:
      - Seconds that the scan may take, V(3) to V(300). A card for several bands takes 3 to 10 seconds.
      - Where the scan does not end by then, or the card is busy with others' scans, the networks are returned that the
        kernel heard of late, RV(fresh) is false, and there is a warning.
    type: float
    default: 20.0
notes:
  - While it scans, the card leaves its channel for moments. A connection over the same card is slower for these
    seconds.
  - Whatever is heard is the word of strangers. Anybody can send a beacon with any name and any BSSID.
seealso:
  - module: fieldnet.iot.probe
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: See what is on the air
  fieldnet.iot.wifi_scan_info:
    interface: wlan0
  become: true
  register: air

- name: Name the networks without protection
  ansible.builtin.debug:
    msg: "{{ item.ssid }} ({{ item.bssid }}, channel {{ item.channel }}): {{ item.security | join(', ') }}"
  loop: "{{ air.networks | selectattr('security', 'contains', 'open') }}"
  loop_control:
    label: "{{ item.bssid }}"

- name: Ask for a hidden network
  fieldnet.iot.wifi_scan_info:
    interface: wlan0
    ssids: [acme-iot]
  become: true
"""

RETURN = r"""
networks:
  description:
    - One entry for each access point's network, ordered by name, band, channel and BSSID. At most the 500 strongest.
  returned: success
  type: list
  elements: dict
  sample:
    - bssid: "02:00:00:00:01:01"
      ssid: acme-iot
      ssid_hex: 61636d652d696f74
      hidden: false
      mode: ap
      band_ghz: 2.4
      channel: 6
      frequency_mhz: 2437
      signal_dbm: -48.0
      last_seen_ms: 120
      security: [wpa2-psk]
      ciphers: [ccmp]
      pmf: capable
      standards: [b, g, n]
      wps: false
      associated: false
  contains:
    bssid:
      description: The MAC address of the access point's radio, for this network.
      type: str
    ssid:
      description:
        - The network's name. What is not UTF-8, or not printable, is shown as C(iw) shows it, such as V(caf\\xe9).
        - Empty for a hidden one that did not answer to its name.
      type: str
    ssid_hex:
      description: The bytes of the name, which tell any two apart.
      type: str
    hidden:
      description: Whether it keeps its name to itself.
      type: bool
    mode:
      description: What it is, V(ap) for an access point's, V(ibss) for an ad-hoc network, V(mesh) for a mesh point.
      type: str
    band_ghz:
      description: The band in GHz, V(2.4), V(5), V(6) or V(60). Null for another one.
      type: float
    channel:
      description: The number of its primary channel.
      type: int
    frequency_mhz:
      description: The frequency of its primary channel in MHz.
      type: int
    signal_dbm:
      description: How strong it was heard, in dBm. Null where the driver does not know that unit.
      type: float
    last_seen_ms:
      description: How many milliseconds ago it was heard last.
      type: int
    security:
      description:
        - Every way to join it. V(open), V(wep), V(wpa-psk), V(wpa2-psk), V(wpa3-psk), V(wpa2-enterprise) and
          V(wpa3-enterprise) are what site files and vendor specs name as well.
        - Beside these V(owe) (encrypted without a password, also known as Enhanced Open), V(wpa-enterprise), and
          V(other) for what is none of these.
        - Several for a transition mode, such as V(wpa2-psk) and V(wpa3-psk).
      type: list
      elements: str
    ciphers:
      description: The ciphers for traffic to one station, V(tkip), V(ccmp), V(gcmp), V(gcmp-256) and V(wep).
      type: list
      elements: str
    pmf:
      description: Whether management frames are protected (802.11w), V(none), V(capable) or V(required).
      type: str
    standards:
      description:
        - The 802.11 standards by which a station may join, from V(a) to V(be). A network whose basic rates keep
          802.11b stations out does not have V(b).
        - Older versions of C(iw) do not know V(ax) or V(be).
      type: list
      elements: str
    wps:
      description: Whether it announces WPS (Wi-Fi Protected Setup).
      type: bool
    associated:
      description: Whether this host is joined to it.
      type: bool
fresh:
  description: Whether a scan of this call heard them. Otherwise the kernel did, in the last half minute or so.
  returned: success
  type: bool
  sample: true
notes:
  description: What was not as asked for, each in one sentence.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._module import run_module

ARGUMENTS = {
    "interface": {"type": "str", "required": True},
    "ssids": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "float", "default": 20.0},
}


def main() -> None:
    """Run the module."""
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
