"""Reading what people hand in, and writing files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from dealrail.cli.errors import NoSuchFile

LONGEST = 5 * 2**20


def read_text(file: str) -> str:
    """The text of a small file. Refuses with NoSuchFile, also when it is too long or no UTF-8."""
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise NoSuchFile(file=file, problem=_("it has more than 5 MB"))
        return content.decode("utf-8-sig")
    except OSError as error:
        raise NoSuchFile(file=file, problem=error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise NoSuchFile(file=file, problem=_("it isn't text in UTF-8")) from error


def write_whole(file: Path, content: bytes) -> None:
    """Write a file in one step."""
    with new_file(file) as unfinished:
        unfinished.write_bytes(content)


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """A file beside `file`, readable by its owner only, that takes its name when all went well and else is gone."""
    if file.is_dir():
        raise IsADirectoryError(21, os.strerror(21), str(file))
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(descriptor)
    unfinished = Path(name)
    try:
        yield unfinished
        _to_disk(unfinished)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _to_disk(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
