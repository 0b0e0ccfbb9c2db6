# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A table as spreadsheets save it: in whatever encoding, with whatever separator, with headers in people's words."""

from __future__ import annotations

import csv
import io
import re
import typing as t
import unicodedata

LARGEST = 8 * 1024 * 1024  # bytes
_MOST_ROWS = 20_000
_SEPARATORS = ",;\t|"
_BLANKS = "\u00a0\u200b\u200c\u200d\u2060\ufeff"  # spaces that can't be seen, from web pages and word processors

# Headers without case, accents and everything but letters and digits.
_WORDS: t.Mapping[str, t.Tuple[str, ...]] = {
    "name": ("name", "hostname", "host", "device", "devicename", "label", "gerat", "geraet", "geratename",
             "geraetename", "bezeichnung", "nom", "nombre"),
    "mac": ("mac", "macaddress", "macaddr", "macadresse", "macadr", "macid", "hwaddress", "hwaddr", "hardwareaddress",
            "hardwareadresse", "ethernetaddress", "physicaladdress", "physikalischeadresse", "adressemac"),
    "ip": ("ip", "ipaddress", "ipaddr", "ipadresse", "ipadr", "ipv4", "ipv4address", "ipv4adresse", "fixedip",
           "reservedip", "reservation", "festeip", "staticip", "adresseip"),
    "vendor": ("vendor", "manufacturer", "maker", "make", "brand", "hersteller", "marke", "fabricant"),
    "type": ("type", "devicetype", "model", "modell", "typ", "geratetyp", "geraetetyp", "produkt", "product", "modele"),
    "vlan": ("vlan", "vlanname", "network", "netz", "netzwerk", "segment", "reseau"),
    "uplink": ("uplink", "connection", "medium", "anschluss", "verbindung", "connectedby"),
    "site": ("site", "location", "standort", "building", "gebaude", "gebaeude", "filiale", "branch"),
}  # fmt: skip
_COLUMNS = {word: column for column, words in _WORDS.items() for word in words}


class CsvError(ValueError):
    """This is no table that can be read; the message says why."""


class Table(t.NamedTuple):
    """Rows by the columns that we know, each with its number as a spreadsheet counts; and the headers nobody knows."""

    rows: t.List[t.Tuple[int, t.Dict[str, str]]]
    columns: t.Dict[str, str]  # ours: the header as it stands there
    unused: t.List[str]
    problems: t.List[str]


def read_table(data: bytes) -> Table:
    """The table of a file's bytes; CsvError where there is none."""
    if len(data) > LARGEST:
        raise CsvError(f"is larger than {LARGEST // 1024 // 1024} MiB")
    text = _decode(data)
    first, _newline, rest = text.partition("\n")
    declared = re.fullmatch(r"(?i)sep=(.)\r?", first)  # what Excel writes for itself
    separator = declared.group(1) if declared else _separator(text)
    records = _records(rest if declared else text, separator)
    head = next((place for place, record in enumerate(records) if any(record)), None)
    if head is None:
        raise CsvError("is empty")
    columns, unused, problems = _header(records[head], head + 1)
    rows = []
    for place, record in enumerate(records[head + 1 :], head + 2):
        if any(record):
            if any(record[len(records[head]) :]):
                problems.append(f"row {place}: has more cells than the header has")
            rows.append((place, {name: record[at] if at < len(record) else "" for name, at in columns.items()}))
    if len(rows) > _MOST_ROWS:
        raise CsvError(f"has more than {_MOST_ROWS} rows")
    return Table(rows, {name: records[head][at] for name, at in columns.items()}, unused, problems)


def plain(text: str) -> str:
    """A word without case, accents and everything but letters and digits: "MAC-Adresse" and "mac adresse" are one."""
    return re.sub(r"[^a-z0-9]", "", unaccented(text))


def unaccented(text: str) -> str:
    """Lower case, ASCII where that is possible: ``Tür Straße`` becomes ``tur strasse``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _decode(data: bytes) -> str:
    """UTF-8, UTF-16 where the file says so, and what Windows called ANSI else."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").replace("\0", "\ufffd")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise CsvError("is not a text file: save the spreadsheet as CSV")
    return text


def _separator(text: str) -> str:
    """What makes the first line that says anything a header with most of our columns."""
    line = next((line for line in text.splitlines() if line.strip(f" {_SEPARATORS}")), "")

    def known(separator: str) -> int:
        cells = next(csv.reader([line], delimiter=separator), [])
        return len({_COLUMNS.get(plain(cell)) for cell in cells} - {None}) * 100 + len(cells)

    return max(_SEPARATORS, key=known)


def _records(text: str, separator: str) -> t.List[t.List[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: t.List[t.List[str]] = []
    try:
        for record in reader:
            records.append([_clean(value) for value in record])
            if len(records) > _MOST_ROWS * 2:
                raise CsvError(f"has more than {_MOST_ROWS} rows")
    except csv.Error as error:
        raise CsvError(f"line {reader.line_num}: can't be read: {error}") from None
    return records


def _clean(value: str) -> str:
    """A cell's text; an apostrophe before it is a spreadsheet's word for "this is text"."""
    for blank in _BLANKS:
        value = value.replace(blank, " ")
    value = " ".join(value.split())
    return value[1:].strip() if value.startswith("'") else value


def _header(cells: t.Sequence[str], row: int) -> t.Tuple[t.Dict[str, int], t.List[str], t.List[str]]:
    columns: t.Dict[str, int] = {}
    unused, problems = [], []
    for place, text in enumerate(cells):
        name = _COLUMNS.get(plain(text))
        if name is None:
            unused += [text] if text else []
        elif name in columns:
            problems.append(f"row {row}: {cells[columns[name]]} and {text} are both the column {name}: remove one")
        else:
            columns[name] = place
    return columns, unused, problems
