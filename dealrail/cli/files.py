"""Reading what people hand in, and writing small files whole."""

from pathlib import Path

from django.utils.translation import gettext as _

from dealrail.cli.errors import NoSuchFile
from dealrail.core.files import new_file

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
