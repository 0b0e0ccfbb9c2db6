"""What probe hosts of a made-up site saw: everything works, but for what a test says."""

from __future__ import annotations

import typing as t

from support.sites import Data

GOOD = {
    "tcp": "open",
    "udp": "open",
    "dns": "answered",
    "ntp": "open",
    "tls": "trusted",
    "http": "open",
    "dhcp": "offered",
    "link": "reachable",
    "dns_integrity": "intact",
    "mqtt": "open",
    "nonce": "open",
}


def saw(plan: Data, **seen: str) -> t.List[Data]:
    """Everything works, but for what ``seen`` says of ids that contain a word (written with _ for / and -)."""

    def one(check: Data) -> Data:
        plain = check["id"].replace("/", "_").replace("-", "_").replace(".", "_")
        observation = next((found for word, found in seen.items() if word in plain), GOOD[check["kind"]])
        icmp = {"type": 3, "code": 13, "name": "admin-prohibited", "from": "10.40.0.1"}
        addresses = [{"address": "203.0.113.10", "observation": observation, "icmp": icmp}]
        return {
            **{key: check[key] for key in ("id", "kind")},
            "observation": observation,
            "reason": f"it was {observation}",
            "attempts": 1,
            "flaky": False,
            "addresses": addresses if observation == "rejected" else [],
        }

    return [one(check) for check in plan["checks"]]
