"""Keeping uploaded files under names of ours, checked by name, kind and size."""

import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealrail.core import clock, pictures
from dealrail.core.errors import Refusal
from dealrail.core.texts import tidy

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile  # generic for the type checker only

MEGABYTE = 1024 * 1024
LARGEST_FILE = 20 * MEGABYTE
LONGEST_NAME = 200
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".zip": "application/zip",
}
# How long a file may lie there before the row that names it is written.
SETTLED = timedelta(days=1)


class FileRefused(Refusal):
    code = "file_refused"
    sentence = gettext_lazy("This file can't be kept: %(problem)s")


def check(file: Upload, *, kinds: Collection[str] = MEDIA_TYPES.keys(), largest: int = LARGEST_FILE) -> None:
    """Refuse with FileRefused a file whose name ends in none of `kinds`, that is empty, or of more bytes than that."""
    suffix = suffix_of(file)
    if suffix not in kinds:
        raise FileRefused(problem=_("its kind (%(kind)s) is not accepted.") % {"kind": suffix or "—"})
    if not file.size:
        raise FileRefused(problem=_("it is empty."))
    if file.size > largest:
        raise FileRefused(problem=_("it is larger than %(most)s MB.") % {"most": largest // MEGABYTE})


def keep(file: Upload, *, folder: str) -> str:
    """Store an upload under a name of ours and return it. Refuses with FileRefused."""
    check(file)
    return _written(folder, suffix_of(file), file.chunks())


def keep_content(content: bytes, *, folder: str, suffix: str) -> str:
    """Store what was checked by its content under a name of ours with this ending, and return it."""
    return _written(folder, suffix, [content])


def _written(folder: str, suffix: str, chunks: Iterable[bytes]) -> str:
    name = f"{folder}/{secrets.token_hex(16)}{suffix}"
    path = kept_at(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        for chunk in chunks:
            target.write(chunk)
    return name


def suffix_of(file: Upload) -> str:
    """The ending of an upload's name, in small letters."""
    return PurePath(file.name or "").suffix.lower()


def media_type_of(file: Upload) -> str:
    """What a file of this name is sent as."""
    return MEDIA_TYPES[suffix_of(file)]


def told_by_content(file: Upload) -> str:
    """What a file is sent as: a picture by its content, nothing where it only is called one; others by their name."""
    if not media_type_of(file).startswith("image/"):
        return media_type_of(file)
    file.seek(0)
    head = file.read(pictures.HEAD)
    file.seek(0)
    return pictures.kind_of(head)


def name_of(file: Upload) -> str:
    """What an upload was called, without folders and without what can't be stored."""
    return tidy(PurePath((file.name or "").replace("\\", "/")).name)[-LONGEST_NAME:]


def kept_at(name: str) -> Path:
    """Where what is kept under a name of ours lies."""
    return Path(settings.MEDIA_ROOT) / name


def missing(names: Iterable[str]) -> int:
    """How many of these are gone from the disk."""
    return sum(not kept_at(name).is_file() for name in names)


def sweep(folder: str, named: Iterable[str]) -> None:
    """Delete the files in a folder that none of these names; those of the last day may get a row that names them."""
    kept, settled = set(named), (clock.now() - SETTLED).timestamp()
    for path in sorted(kept_at(folder).glob("*")):
        if path.is_file() and f"{folder}/{path.name}" not in kept and path.stat().st_mtime < settled:
            path.unlink(missing_ok=True)
