"""An upload between the steps of an import: kept aside, and known to the form by a signed note."""

import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.sheets import DEFAULT

SALT = "dealrail.import"
KEPT_FOR = 24 * 60 * 60


class NoFile(Refusal):
    code = "no_file"
    sentence = _("Choose an .xlsx or .csv file first.")


class UploadTooLarge(Refusal):
    code = "upload_too_large"
    sentence = _("This file is larger than %(megabytes)s MB. Split it and upload the parts.")


class UploadGone(Refusal):
    code = "upload_gone"
    sentence = _("The uploaded file is gone or was changed; upload it again.")


@dataclass(frozen=True)
class Upload:
    """A sheet that waits for its mapping."""

    path: str
    name: str
    kind: str
    mode: str
    process: str
    owner_id: int

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return Path(settings.MEDIA_ROOT) / "imports" / self.path


def stage(actor: Actor, file: Any, *, kind: str, mode: str, process: str) -> Upload:
    """Keep an upload aside. Refuses with NoFile or UploadTooLarge."""
    if file is None:
        raise NoFile()
    if (file.size or 0) > DEFAULT.file_bytes:
        raise UploadTooLarge(megabytes=DEFAULT.file_bytes // 2**20)
    name = PurePath(file.name or "sheet").name[:200]
    upload = Upload(f"staged-{secrets.token_hex(16)}", name, kind, mode, process, actor.user_id)
    upload.file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(upload.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return upload


def sign(upload: Upload) -> str:
    """The note that a form carries."""
    return signing.dumps(asdict(upload), salt=SALT)


def staged(actor: Actor, note: str) -> Upload:
    """The upload of a note, by whom it was given to. Refuses with UploadGone."""
    try:
        upload = Upload(**signing.loads(note, salt=SALT, max_age=KEPT_FOR))
    except (signing.BadSignature, TypeError) as error:
        raise UploadGone() from error
    if upload.owner_id != actor.user_id or not upload.file.is_file():
        raise UploadGone()
    return upload
