"""Keeping uploaded files, checked by name, kind and size, under names of ours; and no plans for days that are over."""

import secrets
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from dealrail.activities.errors import FileRefused, InThePast
from dealrail.core import clock
from dealrail.core.texts import tidy

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile  # generic for the type checker only

LARGEST_FILE = 20 * 1024 * 1024
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


def require_not_over(at: datetime | None, *, field: str, today: datetime | None = None) -> None:
    """Refuse with InThePast when something is planned for a day before this one, or before `today`'s."""
    if at is not None and timezone.localdate(at) < timezone.localdate(today or clock.now()):
        raise InThePast(field=field)


def keep(file: Upload, *, folder: str) -> str:
    """Store an upload under a name of ours and return it. Refuses with FileRefused."""
    suffix = suffix_of(file)
    if suffix not in MEDIA_TYPES:
        raise FileRefused(problem=_("its kind (%(kind)s) is not accepted.") % {"kind": suffix or "—"})
    if not file.size:
        raise FileRefused(problem=_("it is empty."))
    if file.size > LARGEST_FILE:
        raise FileRefused(problem=_("it is larger than 20 MB."))
    name = f"{folder}/{secrets.token_hex(16)}{suffix}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return name


def suffix_of(file: Upload) -> str:
    """The ending of an upload's name, in small letters."""
    return PurePath(file.name or "").suffix.lower()


def name_of(file: Upload) -> str:
    """What an upload was called, without folders and without what can't be stored."""
    return tidy(PurePath((file.name or "").replace("\\", "/")).name)[-LONGEST_NAME:]
