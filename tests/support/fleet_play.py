"""Five sites, and a play in which everything becomes of them that can: for tests of who watches a run."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

from support.sites import berlin, write

NAMES = ("berlin", "lima", "oslo", "paris", "rome")
FLEET = ("-i", "sites", "-i", "hosts.yml", "play.yml")
PLAY = """
- name: Provision
  hosts: iot_gateways
  gather_facts: false
  strategy: "{{ how | default('ansible.builtin.linear') }}"
  serial: "{{ batch | default('100%') }}"
  tasks:
    - name: Leave
      ansible.builtin.meta: end_host
      when: iot_site == 'lima'
    - name: Ignored
      ansible.builtin.fail: {msg: NEVER SHOWN}
      ignore_errors: true
    - name: Rescued
      block:
        - name: Breaks
          ansible.builtin.fail: {msg: NEVER SHOWN}
      rescue:
        - name: Mends
          ansible.builtin.set_fact: {mended: true}
    - name: Secret
      ansible.builtin.fail: {msg: NEVER SHOWN}
      no_log: true
      when: iot_site == 'berlin'
    - name: Loud
      ansible.builtin.fail: {msg: "it broke \\e[2J\\nNEVER SHOWN"}
      when: iot_site == 'oslo'
    - name: Transaction
      ansible.builtin.include_tasks: more.yml
- name: Another play
  hosts: iot_gateways
  gather_facts: false
  tasks:
    - name: Last
      ansible.builtin.command: {cmd: "true"}
      changed_when: iot_site == 'paris'
"""
RESULT = [
    "5 sites: 1 ok, 1 changed, 2 failed, 1 unreachable",
    "SITE    RUN          READINESS  WHY",
    "berlin  failed       -          gw.berlin.example: Secret: hidden, since the task has no_log",
    "oslo    failed       -          gw.oslo.example: Loud: it broke",
]


def write_fleet(folder: Path) -> Path:
    """The sites, how their gateways are reached (one is not), and the play."""
    (folder / "sites").mkdir()
    for name in NAMES:
        data = berlin()
        data.update(site=name, probes=[])
        data["gateway"]["host"] = f"gw.{name}.example"
        write(folder / "sites", f"{name}.yml", data)
    hosts: t.Dict[str, t.Any] = {"all": {"hosts": {}}}
    for name in NAMES:
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        far = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
        hosts["all"]["hosts"][f"gw.{name}.example"] = far if name == "rome" else local
    write(folder, "hosts.yml", hosts)
    write(folder, "play.yml", PLAY)
    write(folder, "more.yml", "- name: More\n  ansible.builtin.command: {cmd: sleep 1.2}\n  changed_when: false\n")
    return folder
