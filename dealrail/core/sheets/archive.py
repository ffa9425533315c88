"""Looks into a zip file before it is unpacked: what it really holds, and that it is no bomb."""

import mmap
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from dealrail.core.sheets.refusals import (
    DamagedSheet,
    NotASheet,
    OldExcelFile,
    ProtectedSheet,
    SheetUnpacksTooLarge,
)

MOST_ENTRIES = 2000
# Real sheets stay far below; the most that deflate can do is 1032.
MOST_RATIO = 100
RATIO_MATTERS_FROM = 20 * 2**20

_CHUNK = 1 << 18
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 1


def check_workbook(path: Path, *, name: str, unpacked_bytes: int) -> None:
    """Refuse a zip file that is no .xlsx workbook, is damaged or would unpack to more than `unpacked_bytes`.

    Declared sizes may lie, so every entry is inflated once and counted, in bounded memory.
    """
    _check_entry_count(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, struct.error) as error:
        raise DamagedSheet(name=name) from error
    _check_kind({entry.filename for entry in entries}, name)
    _check_entries(path, entries, name)
    _check_sizes(path, entries, name, unpacked_bytes)


def _check_entry_count(path: Path, name: str) -> None:
    # Before zipfile makes an object of each entry. A signature may stand in the data by chance, rarely.
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if sum(1 for _found in re.finditer(rb"PK\x01\x02", data)) > MOST_ENTRIES:
            raise SheetUnpacksTooLarge(name=name)


def _check_kind(names: set[str], name: str) -> None:
    if names & {"xl/workbook.bin", "mimetype", "content.xml"}:
        raise OldExcelFile(name=name)
    if not any(entry.startswith("xl/worksheets/") for entry in names):
        raise NotASheet(name=name)


def _check_entries(path: Path, entries: list[zipfile.ZipInfo], name: str) -> None:
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise ProtectedSheet(name=name)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise DamagedSheet(name=name)
    if len({entry.filename for entry in entries}) < len(entries):
        raise DamagedSheet(name=name)


def _check_sizes(path: Path, entries: list[zipfile.ZipInfo], name: str, unpacked_bytes: int) -> None:
    packed = path.stat().st_size
    most = min(unpacked_bytes, max(packed * MOST_RATIO, RATIO_MATTERS_FROM))
    if sum(entry.file_size for entry in entries) > most:
        raise SheetUnpacksTooLarge(name=name)
    left = most
    with path.open("rb") as file:
        for entry in entries:
            left -= _real_size(file, entry, min(left, entry.file_size), name)


def _real_size(file: BinaryIO, entry: zipfile.ZipInfo, most: int, name: str) -> int:
    """Bytes that the entry inflates to; stops and refuses beyond `most`."""
    try:
        file.seek(entry.header_offset)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        if signature != b"PK\x03\x04":
            raise DamagedSheet(name=name)
        file.seek(name_length + extra_length, 1)
        if entry.compress_type == zipfile.ZIP_STORED:
            return entry.compress_size
        return _inflated_size(file, entry.compress_size, most, name)
    except (struct.error, zlib.error, OSError) as error:
        raise DamagedSheet(name=name) from error


def _inflated_size(file: BinaryIO, packed: int, most: int, name: str) -> int:
    inflate, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while not inflate.eof:
        data = inflate.unconsumed_tail
        if not data:
            data = file.read(min(_CHUNK, packed))
            packed -= len(data)
        if not data:
            raise DamagedSheet(name=name)
        size += len(inflate.decompress(data, _CHUNK))
        if size > most:
            raise SheetUnpacksTooLarge(name=name)
    return size
