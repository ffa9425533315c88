"""An upload between the steps of an import: kept aside, and known to the form by a signed note."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.core.errors import Refusal
from dealrail.core.sheets import DEFAULT
from dealrail.crm import importing
from dealrail.crm.permissions import IMPORTS_RUN

SALT = "dealrail.import"
KEPT_FOR = 24 * 60 * 60
STAGED = "staged-"


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
    """A sheet that waits for its mapping: just uploaded, or that of an import that was only checked."""

    path: str
    name: str
    kind: str
    process: str
    owner_id: int

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return _folder() / self.path

    @property
    def is_staged(self) -> bool:
        """Whether nothing else needs the file."""
        return self.path.startswith(STAGED)


def stage(actor: Actor, file: Any, *, kind: str, process: str) -> Upload:
    """Keep an upload aside. Refuses with NotAllowed, UnknownImportKind, NoFile or UploadTooLarge."""
    importing.require_kind(actor, kind)
    if file is None:
        raise NoFile()
    if (file.size or 0) > DEFAULT.file_bytes:
        raise UploadTooLarge(megabytes=DEFAULT.file_bytes // 2**20)
    name = PurePath(file.name or "sheet").name[:200]
    upload = Upload(f"{STAGED}{secrets.token_hex(16)}", name, kind, process, actor.user_id)
    upload.file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(upload.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return upload


def upload_of(actor: Actor, job: Any) -> Upload:
    """The sheet of an import, to be mapped anew."""
    path = importing.stored(job).relative_to(_folder())
    return Upload(str(path), job.name, job.kind, job.mapping.get("process", ""), actor.user_id)


def sign(upload: Upload) -> str:
    """The note that a form carries."""
    return signing.dumps(asdict(upload), salt=SALT)


def staged(actor: Actor, note: str) -> Upload:
    """The upload of a note, by whom it was given to. Refuses with NotAllowed or UploadGone."""
    policy.require(actor, IMPORTS_RUN)
    try:
        upload = Upload(**signing.loads(note, salt=SALT, max_age=KEPT_FOR))
    except (signing.BadSignature, TypeError) as error:
        raise UploadGone() from error
    if upload.owner_id != actor.user_id or not upload.file.is_file():
        raise UploadGone()
    return upload


def drop(upload: Upload) -> None:
    """Delete what was kept aside, and what it was converted to; the sheet of an import stays."""
    if upload.is_staged:
        for kept in _folder().glob(f"{upload.path}*"):
            kept.unlink(missing_ok=True)


def forget_before(moment: float) -> bool:
    """Delete what was kept aside before this moment (seconds since the epoch); True when there was any."""
    old = [path for path in _staged_files() if path.stat().st_mtime < moment]
    for path in old:
        path.unlink(missing_ok=True)
    return bool(old)


def _staged_files() -> Iterator[Path]:
    return (path for path in _folder().glob(f"{STAGED}*") if path.is_file())


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"
