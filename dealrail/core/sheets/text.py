"""Reads delimited text in bounded memory: which encoding, which delimiter, record by record."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from dealrail.core.sheets.refusals import NotASheet, UnclosedQuote, UnknownEncoding

# The largest record of a sheet within its limits (200 cells of 32,767 characters) fits; a missing quotation
# mark, which makes one record of the rest of the file, is stopped here.
LONGEST_RECORD = 8_000_000
DELIMITERS = (",", "\t", ";", "|")

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_SAMPLE_RECORDS = 50
# So many characters decode as UTF-8 by chance about once in a million GB18030 files.
_SURELY_UTF8 = 8

csv.field_size_limit(max(csv.field_size_limit(), LONGEST_RECORD))


@dataclass(frozen=True)
class _Fault:
    """Where decoding failed, and how many characters beyond ASCII had been read until then."""

    line: int
    beyond_ascii: int


def detect_encoding(path: Path, name: str) -> str:
    """utf-8, utf-16 or gb18030, whichever decodes the whole file; refuses with the first bad line."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _only("utf-16", path, name)
    if head.count(0) > len(head) // 10:
        raise NotASheet(name=name)
    if head.startswith(codecs.BOM_UTF8):
        return _only("utf-8", path, name)
    utf8 = _decode(path, "utf-8")
    if utf8 is None:
        return "utf-8"
    # A UTF-8 file with one bad byte may well decode as GB18030, to nonsense.
    gb18030 = utf8 if utf8.beyond_ascii >= _SURELY_UTF8 else _decode(path, "gb18030")
    if gb18030:
        raise UnknownEncoding(name=name, line=max(utf8.line, gb18030.line))
    return "gb18030"


def detect_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that cuts the first records into the most even columns; a comma when there is one column."""
    with _open(path, encoding) as file:
        sample = file.read(_SAMPLE)
    lines = sample.splitlines(keepends=True)
    if len(sample) == _SAMPLE and len(lines) > 1:
        lines.pop()
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def records(path: Path, encoding: str, delimiter: str, name: str, *, skip: int = 0) -> Iterator[list[str]]:
    """The records of the file, blank ones too, after the first `skip`; refuses a quotation mark left open."""
    with _open(path, encoding) as file:
        lines = _Lines(file, name, skip)
        for record in csv.reader(lines, delimiter=delimiter):
            lines.finish_record()
            if lines.record > skip:
                yield record


class _Lines:
    """The lines that a record is made of; notices a record that never ends."""

    def __init__(self, file: TextIO, name: str, skip: int) -> None:
        self._file, self._name, self._skip = file, name, skip
        self.record = 0
        self._taken = 0
        self._is_at_end = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_RECORD)
        self._taken += len(line)
        if self._taken >= LONGEST_RECORD:
            raise self._unclosed(self.record + 1)
        if not line:
            self._is_at_end = True
            raise StopIteration
        return line

    def finish_record(self) -> None:
        """The reader has a whole record; had it asked for lines beyond the end, its quotation mark is open."""
        self.record += 1
        self._taken = 0
        if self._is_at_end:
            raise self._unclosed(self.record)

    def _unclosed(self, record: int) -> UnclosedQuote:
        return UnclosedQuote(name=self._name, row=record - self._skip)


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")


def _only(encoding: str, path: Path, name: str) -> str:
    if fault := _decode(path, encoding):
        raise UnknownEncoding(name=name, line=fault.line)
    return encoding


def _decode(path: Path, encoding: str) -> _Fault | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = beyond_ascii = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                text = error.object[: error.start].decode(encoding, "ignore")
                return _Fault(lines + text.count("\n") + 1, beyond_ascii + _beyond_ascii(text))
            lines += text.count("\n")
            beyond_ascii += _beyond_ascii(text)
            if not chunk:
                return None


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def _evenness(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    read = csv.reader(lines, delimiter=delimiter)
    widths = [len(record) for record in islice(read, _SAMPLE_RECORDS) if record]
    usual, times = Counter(widths).most_common(1)[0] if widths else (0, 0)
    if usual < 2:
        return False, 0.0, 0
    return widths[0] == usual, times / len(widths), usual
