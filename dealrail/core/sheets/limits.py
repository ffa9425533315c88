"""How large a sheet may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What is refused beyond; memory and seconds are those of the process that converts an .xlsx file."""

    rows: int = 300_000
    columns: int = 200
    cell: int = 32_767
    file_bytes: int = 50 * 2**20
    unpacked_bytes: int = 500 * 2**20
    memory_bytes: int = 1024 * 2**20
    seconds: int = 25


DEFAULT = Limits()
