"""Backups made on request in the background: asked for, written by the worker, listed, downloaded."""

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dealrail.accounts import policy
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.facts import BackupAsked, BackupMade, BackupTaken
from dealrail.accounts.permissions import COMPANY_MANAGE
from dealrail.core import clock
from dealrail.events.engine import record
from dealrail.keeping.archives import write_backup

COMPANY = 1
NAME = re.compile(r"dealrail-\d{8}-\d{6}\.zip")


@dataclass(frozen=True)
class Backup:
    """A backup that lies ready: its name, size in bytes, and when it was made."""

    name: str
    size: int
    made_at: datetime


def folder() -> Path:
    """Where backups lie: in the home of this installation, beside its files, readable by its owner only."""
    place = Path(settings.HOME) / "backups"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def listed(actor: Actor) -> list[Backup]:
    """The backups that lie ready, the newest first. Refuses with NotAllowed."""
    policy.require(actor, COMPANY_MANAGE)
    found = [path for path in folder().iterdir() if NAME.fullmatch(path.name)]
    rows = [(path.name, path.stat()) for path in sorted(found, reverse=True)]
    return [
        Backup(name, stat.st_size, datetime.fromtimestamp(stat.st_mtime, tz=timezone.get_current_timezone()))
        for name, stat in rows
    ]


def under_way() -> int | None:
    """How far the backup is that was asked for, in per cent; None when none is."""
    request = _request()
    if not request.exists():
        return None
    with suppress(OSError, ValueError):
        return int(json.loads(request.read_text() or "{}").get("per_cent", 0))
    return 0


def _request() -> Path:
    return folder() / "asked.json"


@transaction.atomic
def ask_for_backup(*, actor: Actor) -> None:
    """Have the worker make a backup; while one is under way another is not begun. Raises NotAllowed."""
    policy.require(actor, COMPANY_MANAGE)
    with suppress(FileExistsError):
        os.close(os.open(_request(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        record(BackupAsked(company_id=COMPANY), actor=actor)


def make_asked(actor: Actor) -> bool:
    """Make the backup that was asked for, outside of any transaction of ours; False when none was."""
    request = _request()
    if not request.exists():
        return False
    try:
        name = f"dealrail-{timezone.localtime(clock.now()):%Y%m%d-%H%M%S}.zip"
        manifest = write_backup(folder() / name, _progress)
        _made(actor=actor, name=name, rows=sum(manifest["counts"].values()))
    finally:
        request.unlink(missing_ok=True)
    return True


def _progress(number: int, of: int) -> None:
    _request().write_text(json.dumps({"per_cent": 100 * number // max(of, 1)}))


@transaction.atomic
def _made(*, actor: Actor, name: str, rows: int) -> None:
    record(BackupMade(company_id=COMPANY, name=name, rows=rows), actor=actor)


@transaction.atomic
def take_backup(*, actor: Actor, name: str) -> Path:
    """The file of a backup, for who downloads it, which goes on record. Raises NotAllowed or NotFound."""
    policy.require(actor, COMPANY_MANAGE)
    path = folder() / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound()
    record(BackupTaken(company_id=COMPANY, name=name), actor=actor)
    return path
