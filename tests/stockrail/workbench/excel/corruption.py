"""Damage a workbook at random: its cells, the text of its parts, its packing, its bytes. The same seed does the same damage."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl  # type: ignore[import-untyped]

Parts = dict[str, bytes]
ODD_CELLS = (
    "1,5",
    "1.5 ",
    " ",
    "2027-01-04",
    "#N/A",
    "=1/0",
    "=A1",
    True,
    False,
    -1,
    1e300,
    2.5,
    None,
    "x" * 200,
    "TRUE",
    "0x10",
)


def corrupted(content: bytes, seed: int) -> tuple[bytes, str]:
    """The workbook after one to three damages of one kind, and what was done."""
    chance = random.Random(seed)
    kind = chance.choice(list(KINDS))
    for _ in range(chance.randint(1, 3)):
        content = KINDS[kind](content, chance)
    return content, kind


def _cells(content: bytes, chance: random.Random) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for _ in range(chance.randint(1, 5)):
        sheet: Any = book[chance.choice([name for name in book.sheetnames if name != "instructions"])]
        cell = sheet.cell(chance.randint(1, sheet.max_row + 1), chance.randint(1, sheet.max_column + 1))
        cell.value = chance.choice(ODD_CELLS)
    return _saved(book)


def _structure(content: bytes, chance: random.Random) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet: Any = book[chance.choice(book.sheetnames)]
    line, column = chance.randint(1, sheet.max_row), chance.randint(1, sheet.max_column)
    match chance.randint(0, 7):
        case 0:
            sheet.title = chance.choice(["Sheet1", "items ", "ITEMS", "demand2"])
        case 1:
            del book[sheet.title]
        case 2:
            sheet.delete_rows(line, chance.randint(1, 3))
        case 3:
            sheet.insert_rows(line)
        case 4:
            sheet.delete_cols(column)
        case 5:
            sheet.insert_cols(column)
        case 6:
            sheet.merge_cells(start_row=line, end_row=line + 1, start_column=column, end_column=column + 1)
        case 7:
            book.create_sheet(chance.choice(["notes", "mine", "suppliers (2)"]))
    return _saved(book)


def _saved(book: Any) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _text(content: bytes, chance: random.Random) -> bytes:
    """Damage the XML of a part: a byte, a piece, an address, a type."""
    parts = _unpacked(content)
    name = chance.choice([name for name in parts if parts[name]])
    text = bytearray(parts[name])
    place = chance.randrange(len(text))
    match chance.randint(0, 5):
        case 0:
            text[place] = chance.randrange(256)
        case 1:
            del text[place : place + chance.randint(1, 400)]
        case 2:
            text[place:place] = bytes(chance.randrange(256) for _ in range(8))
        case 3:
            text = bytearray(re.sub(rb'r="[A-Z]+(\d+)"', rb'r="XFD1048576"', bytes(text), count=1))
        case 4:
            text = bytearray(
                re.sub(
                    rb't="s"', chance.choice([b't="e"', b't="b"', b't="d"', b't="zz"']), bytes(text), count=3
                )
            )
        case 5:
            text = bytearray(
                re.sub(
                    rb"<v>[^<]*</v>",
                    chance.choice(
                        [b"<v>99999999</v>", b"<v></v>", b"<v>-7</v>", b"<v>1e999</v>", b"<v>nan</v>"]
                    ),
                    bytes(text),
                    count=2,
                )
            )
    parts[name] = bytes(text)
    return _packed(parts)


def _parts(content: bytes, chance: random.Random) -> bytes:
    """Drop, empty or swap parts."""
    parts = _unpacked(content)
    name, other = chance.choice(list(parts)), chance.choice(list(parts))
    match chance.randint(0, 2):
        case 0:
            del parts[name]
        case 1:
            parts[name] = b""
        case 2:
            parts[name], parts[other] = parts[other], parts[name]
    return _packed(parts)


def _bytes(content: bytes, chance: random.Random) -> bytes:
    """Damage the file itself: cut it, overwrite bytes, or put something else in its place."""
    data = bytearray(content)
    match chance.randint(0, 3):
        case 0:
            del data[chance.randrange(len(data)) :]
        case 1:
            for _ in range(chance.randint(1, 20)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        case 2:
            start = chance.randrange(len(data))
            del data[start : start + chance.randint(1, 2000)]
        case 3:
            data = bytearray(
                chance.choice(
                    [
                        b"",
                        b"PK",
                        b"a;b;c\n1;2;3\n",
                        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
                        b"%PDF-1.7",
                    ]
                )
            )
    return bytes(data) or b"\0"


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cells": _cells,
    "structure": _structure,
    "text": _text,
    "parts": _parts,
    "bytes": _bytes,
}


def _unpacked(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {part.filename: archive.read(part) for part in archive.infolist()}


def _packed(parts: Parts) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()
