"""Writing a sheet whose name says how."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from dealrail.cli.errors import WrongUse
from dealrail.core.files import new_file
from dealrail.core.sheets import write_csv, write_xlsx


def write(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows below their headings to a .csv or .xlsx file and tell how many."""
    check(path)
    with new_file(path) as unfinished:
        if path.suffix.lower() == ".xlsx":
            return write_xlsx(unfinished, headers, rows)
        with unfinished.open("wb") as stream:
            return write_csv(stream, headers, rows)


def check(path: Path) -> None:
    """Refuse a name that says neither."""
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise WrongUse(_("A sheet can be .xlsx or .csv, not “%(value)s”.") % {"value": path.name})
