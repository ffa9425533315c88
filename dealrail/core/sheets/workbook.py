"""Converts an .xlsx workbook to CSV beside it, once, in a process that can't take the machine down."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dealrail.core.sheets import child
from dealrail.core.sheets.archive import check_workbook
from dealrail.core.sheets.limits import Limits
from dealrail.core.sheets.refusals import (
    DamagedSheet,
    EmptySheet,
    ProtectedSheet,
    SheetTooHeavy,
    TooManyColumns,
    TooManyRows,
    UnreadableSheet,
)

# A process that waits longer than this for the processor is ended; others may wait for us meanwhile.
_START = 3
_REFUSALS: Mapping[str, type[UnreadableSheet]] = {
    "columns": TooManyColumns,
    "damaged": DamagedSheet,
    "empty": EmptySheet,
    "memory": SheetTooHeavy,
    "protected": ProtectedSheet,
    "rows": TooManyRows,
}


@dataclass(frozen=True)
class Converted:
    """A sheet as CSV; its first record is about the conversion, the second is row 1 of the sheet."""

    path: Path
    sheet_name: str
    other_sheets: list[str]


def convert(path: Path, *, name: str, limits: Limits) -> Converted:
    """Convert the workbook, or take the conversion of before; refuses what is too large, damaged or protected."""
    target = path.with_name(f"{path.name}.table.csv")
    stat = path.stat()
    stamp = [stat.st_size, stat.st_mtime_ns]
    about = _read_about(target)
    if about.get("of") != stamp:
        check_workbook(path, name=name, unpacked_bytes=limits.unpacked_bytes)
        about = _convert(path, target, stamp, name, limits)
    return Converted(target, about["sheet"], about["others"])


def carry_over(source: Path, target: Path) -> None:
    """Take along what a workbook was converted to when it is copied, so that it needn't be converted again."""
    converted = source.with_name(f"{source.name}.table.csv")
    if converted.exists():
        stat = source.stat()
        os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        shutil.copyfile(converted, target.with_name(f"{target.name}.table.csv"))


def _read_about(target: Path) -> dict[str, Any]:
    if not target.exists():
        return {}
    with target.open(encoding="utf-8", newline="") as file:
        about: dict[str, Any] = json.loads(next(csv.reader(file))[0])
    return about


def _convert(path: Path, target: Path, stamp: list[int], name: str, limits: Limits) -> dict[str, Any]:
    # Under another name first, so that a half-written table is never read.
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        about = _run({"source": str(path), "target": str(part), "stamp": stamp}, name, limits)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return about


def _run(paths: Mapping[str, Any], name: str, limits: Limits) -> dict[str, Any]:
    """The answer of the process, or the refusal that its end means."""
    order = {"rows": limits.rows, "columns": limits.columns, "memory": limits.memory_bytes, "seconds": limits.seconds}
    command = [sys.executable, "-I", child.__file__, json.dumps({**paths, **order})]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limits.seconds + _START, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SheetTooHeavy(name=name) from error
    if ended.returncode < 0:
        # Killed by a signal: of its limits, or because the allocator found no memory.
        raise SheetTooHeavy(name=name)
    if ended.returncode > 0:
        raise DamagedSheet(name=name)
    about: dict[str, Any] = json.loads(ended.stdout)
    if reason := about.get("refused"):
        limit = {"rows": limits.rows, "columns": limits.columns}.get(reason)
        raise _REFUSALS[reason](name=name, limit=limit)
    return about
