"""`backup` and `restore`: all rows and files in one zip, the same for SQLite and PostgreSQL."""

import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

import dealrail
from dealrail.cli import start, worker
from dealrail.cli.arguments import Options
from dealrail.cli.errors import BackupOfAnotherVersion, BackupUnreadable, HomeNotEmpty, StillRunning
from dealrail.cli.output import Progress, say, say_json
from dealrail.events import queries as log
from dealrail.keeping.archives import BATCH, FORMAT, migrations, models, write_backup
from dealrail.process import queries as processes

# What reading a backup runs into that somebody changed, cut off or damaged.
DAMAGED = (
    OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError, TypeError,
    AttributeError, DeserializationError, DataError, IntegrityError,
)  # fmt: skip


def backup(options: Options) -> None:
    """Write everything as it is at one moment."""
    start.require_database()
    target = Path(options.file)
    manifest = write_backup(target)
    if options.json:
        say_json({"file": str(target), **manifest})
    else:
        words = {"file": target, "rows": sum(manifest["counts"].values()), "files": manifest["files"]}
        say(_("%(rows)s rows and %(files)s files are in %(file)s.") % words)


def restore(options: Options) -> None:
    """Load a backup, rows and files, all of it or nothing."""
    start.require_database()
    if (beat := worker.last_heartbeat()) and beat.is_recent:
        raise StillRunning(host=beat.host, pid=beat.pid)
    try:
        with zipfile.ZipFile(options.file) as archive, _files_beside(archive) as files:
            manifest = _checked(archive)
            with transaction.atomic():
                _make_room(force=options.force)
                _load(archive, manifest)
            _put_in_place(files)
    except DAMAGED as error:
        raise BackupUnreadable(file=options.file, problem=str(error)[:200]) from error
    processes.forget_cached_versions()
    if options.json:
        say_json(manifest)
    else:
        say(_("%(rows)s rows are restored.") % {"rows": sum(manifest["counts"].values())})


def _checked(archive: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
    ours = migrations()
    if manifest.get("format") != FORMAT or manifest.get("migrations") != ours:
        raise BackupOfAnotherVersion(made=str(manifest.get("version")), installed=dealrail.__version__)
    return manifest


def _make_room(*, force: bool) -> None:
    full = [model for model in models() if model._default_manager.exists()]
    if full and not force:
        raise HomeNotEmpty(table=str(full[0]._meta.verbose_name))
    for model in reversed(models()):
        model._default_manager.all()._raw_delete(connection.alias)


def _load(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    progress = Progress(_("Restoring"))
    for number, model in enumerate(models(), 1):
        progress(number, len(models()))
        with archive.open(f"tables/{model._meta.label}.jsonl") as stream:
            for chunk in _chunks(model, stream):
                _insert(model, chunk)
        if model._default_manager.count() != manifest["counts"][model._meta.label]:
            raise ValueError(model._meta.label)
    progress.end()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models()):
            cursor.execute(statement)
    faulty = manifest["whole"] and next(log.verify_log(), None) is not None
    if faulty or log.digest_of_heads() != manifest["digest"]:
        raise ValueError(_("the log is not the one that was backed up"))


def _chunks(model: type[Model], stream: Any) -> Iterator[list[Model]]:
    rows = (found.object for found in serializers.deserialize("jsonl", stream))
    while chunk := list(islice(rows, BATCH)):
        yield chunk


def _insert(model: type[Model], chunk: list[Model]) -> None:
    """As they were: a table that dates its rows by itself is written row by row, so that it keeps the old dates."""
    if any(getattr(field, "auto_now_add", False) for field in model._meta.concrete_fields):
        for row in chunk:
            row.save_base(raw=True, force_insert=True)
    else:
        model._default_manager.bulk_create(chunk)


@contextmanager
def _files_beside(archive: zipfile.ZipFile) -> Iterator[Path]:
    """The files of a backup in a folder beside ours, so that none is in its place before the rows are."""
    root = Path(settings.MEDIA_ROOT).resolve()
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="restoring-") as folder:
        files = Path(folder) / root.name
        files.mkdir()
        for name in archive.namelist():
            if name.startswith("files/"):
                _extract(archive, name, files)
        yield files


def _extract(archive: zipfile.ZipFile, name: str, folder: Path) -> None:
    target = (folder / name.removeprefix("files/")).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ValueError(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)


def _put_in_place(files: Path) -> None:
    root = Path(settings.MEDIA_ROOT).resolve()
    if root.exists():
        root.rename(files.with_name("before"))
    files.rename(root)
