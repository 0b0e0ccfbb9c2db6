# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Check a MUD file against RFC 8520: its containers, policies and access lists; all that is wrong at once, with paths.

What this release doesn't know is not wrong: it is reported as lost.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problems, show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._ace import read_ace
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._fields import Fields
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD, Ace, Mud

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_TYPES = (
    *("ipv4-acl-type", "ipv6-acl-type", "eth-acl-type"),
    *("mixed-eth-ipv4-acl-type", "mixed-eth-ipv6-acl-type", "mixed-eth-ipv4-ipv6-acl-type"),
)
# What a spec has no room for; the sentence says what follows from that.
_LEFT = {
    "cache-validity": "a spec doesn't expire: import the file again when its maker changes it",
    "mud-signature": "the signature is not verified here",
    "firmware-rev": "a spec is for every firmware",
    "software-rev": "a spec is for every software",
    "extensions": "no extension is read",
}
_READ = {
    *("mud-version", "mud-url", "last-update", "is-supported", "systeminfo", "mfg-name", "model-name"),
    *("documentation", "from-device-policy", "to-device-policy"),
    *_LEFT,
}
_Lists = t.Dict[str, t.Tuple[Ace, ...]]


def check(data: object) -> t.Tuple[t.Optional[Mud], Problems]:
    """A document in the RFC's form, or what is wrong with it."""
    fields = Fields()
    top = fields.mapping(data, "", MUD, ACLS)
    mud = fields.mapping(fields.needed(top, MUD, ""), "mud", "mud-url, from-device-policy, ...")
    lists = _lists(fields.mapping(fields.needed(top, ACLS, ""), "acls", "acl"), fields)
    for key in top:
        if key not in (MUD, ACLS):
            fields.lost(show(key), "nobody here knows this member; it is not read")
    found = _mud(mud, lists, fields)
    return (None if fields.problems else found), fields.problems


def _mud(mud: t.Dict[str, t.Any], lists: _Lists, fields: Fields) -> Mud:
    version = fields.number(mud, "mud-version", "mud", 0, 255)
    if version not in (None, 1):
        fields.wrong("mud.mud-version", f"{version} is no version that is known here; 1 is")
    if version is None and "mud-version" not in mud:
        fields.lost("mud", "has no mud-version, which RFC 8520 wants; read as version 1")
    url, authority = _url(mud, fields)
    if fields.truth(mud, "is-supported", "mud") is False:
        fields.lost("mud.is-supported", "its maker no longer supports this device")
    for key, value in mud.items():
        if key in _LEFT:
            fields.lost(f"mud.{key}", f"{show(value)}: {_LEFT[key]}")
        elif key not in _READ:
            fields.lost(f"mud.{show(key)}", "nobody here knows this member; it is not read")
    used: t.Set[str] = set()
    policies = {way: _policy(mud, f"{way}-policy", lists, used, fields) for way in ("from-device", "to-device")}
    for name in lists:
        if name not in used:
            fields.lost("acls", f"no policy names the access list {show(name)}; it is not read")
    return Mud(
        url=url,
        authority=authority,
        last_update=_date(mud, fields),
        systeminfo=fields.text(mud, "systeminfo", "mud"),
        manufacturer=fields.text(mud, "mfg-name", "mud"),
        model=fields.text(mud, "model-name", "mud"),
        documentation=fields.text(mud, "documentation", "mud"),
        from_device=policies["from-device"],
        to_device=policies["to-device"],
        losses=fields.losses,
    )


def _url(mud: t.Dict[str, t.Any], fields: Fields) -> t.Tuple[str, str]:
    """The document's URL, and the authority in it, which stands for the manufacturer."""
    url = fields.text(mud, "mud-url", "mud")
    if not url:
        if "mud-url" not in mud:
            fields.wrong("mud", "has no mud-url, by which the device names its file")
        return "", ""
    try:
        parts = urlsplit(url)
        authority = values.host(parts.hostname or "")
        if parts.scheme.lower() not in ("https", "http") or " " in url:
            raise ValueError
    except ValueError:
        fields.wrong("mud.mud-url", f"{show(url)} is not an https URL")
        return "", ""
    if parts.scheme.lower() == "http":
        fields.lost("mud.mud-url", "is http; RFC 8520 wants https")
    return url, authority


def _date(mud: t.Dict[str, t.Any], fields: Fields) -> str:
    text = fields.text(mud, "last-update", "mud")
    if not text and "last-update" not in mud:
        fields.wrong("mud", "has no last-update, the day that the file was written")
    elif text and not _DATE.fullmatch(text):
        fields.wrong("mud.last-update", f"{show(text)} is not a date and time (write it as 2026-11-20T12:00:00Z)")
    return text


def _lists(acls: t.Dict[str, t.Any], fields: Fields) -> _Lists:
    found: _Lists = {}
    for key in acls:
        if key != "acl":
            fields.lost(f"acls.{show(key)}", "no attachment or other member of the access lists is read")
    for index, raw in enumerate(fields.listing(acls, "acl", "acls")):
        path = f"acls.acl[{index}]"
        acl = fields.mapping(raw, path, "name", "type", "aces")
        name = fields.text(acl, "name", path, needed=isinstance(raw, dict))
        kind = fields.text(acl, "type", path)
        if kind and kind not in _TYPES:
            fields.wrong(f"{path}.type", f"{show(kind)} is not one of: {', '.join(_TYPES)}")
        aces = _aces(acl, path, fields)
        if name in found:
            fields.wrong(f"{path}.name", f"an access list {show(name)} is there twice")
        elif name:
            found[name] = aces
    return found


def _aces(acl: t.Dict[str, t.Any], path: str, fields: Fields) -> t.Tuple[Ace, ...]:
    found: t.List[Ace] = []
    names: t.Set[str] = set()
    holder = fields.mapping(acl.get("aces", {}), f"{path}.aces", "ace")
    for index, raw in enumerate(fields.listing(holder, "ace", f"{path}.aces")):
        ace = read_ace(raw, f"{path}.aces.ace[{index}]", fields)
        if ace.name and ace.name in names:
            fields.wrong(f"{ace.path}.name", f"an entry {show(ace.name)} is there twice")
        names.add(ace.name)
        found.append(ace)
    return tuple(found)


def _policy(
    mud: t.Dict[str, t.Any], key: str, lists: _Lists, used: t.Set[str], fields: Fields
) -> t.Tuple[t.Tuple[Ace, ...], ...]:
    """The access lists that a policy names, in its order."""
    path = f"mud.{key}"
    policy = fields.mapping(mud.get(key, {}), path, "access-lists")
    holder = fields.mapping(policy.get("access-lists", {}), f"{path}.access-lists", "access-list")
    found: t.List[t.Tuple[Ace, ...]] = []
    here: t.Set[str] = set()
    for index, raw in enumerate(fields.listing(holder, "access-list", f"{path}.access-lists")):
        where = f"{path}.access-lists.access-list[{index}]"
        named = fields.mapping(raw, where, "name")
        name = fields.text(named, "name", where, needed=isinstance(raw, dict))
        if name in here:
            fields.wrong(f"{where}.name", f"{show(name)} is named twice")
        elif name in lists:
            found.append(lists[name])
        elif name:
            fields.wrong(f"{where}.name", f"{show(name)} is no access list of this file")
        here.add(name)
        used.add(name)
    return tuple(found)
