"""All rows and files in one zip, the same for SQLite and PostgreSQL."""

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

import dealrail
from dealrail.core.db import snapshot
from dealrail.core.files import new_file
from dealrail.events import queries as log

APPS = ("events", "accounts", "mfa", "notifications", "process", "crm", "activities", "insights")
FORMAT = 1
BATCH = 500
Told = Callable[[int, int], None]


class Exact(DjangoJSONEncoder):
    """Keeps the microseconds of moments, which the log's hashes cover."""

    def default(self, o: Any) -> Any:
        """A moment whole; everything else as Django does."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def models() -> list[type[Model]]:
    """Every table that holds the company's data, those between many and many too."""
    return [model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)]


def migrations() -> list[str]:
    """The migrations that the database has of these apps, sorted."""
    loader = MigrationExecutor(connection).loader
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations if app in APPS)


def _archive(path: Path) -> zipfile.ZipFile:
    """An empty archive; a file whose clock was wrong goes into it too, though ZIP knows no time before 1980."""
    return zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)


def write_backup(target: Path, progress: Told | None = None) -> dict[str, Any]:
    """Write everything as it is at one moment to this file, and return what stands in it."""
    tables = models()
    with new_file(target) as unfinished, _archive(unfinished) as archive:
        counts: dict[str, int] = {}
        with snapshot():
            for number, model in enumerate(tables, 1):
                counts[model._meta.label] = _write(archive, model)
                if progress is not None:
                    progress(number, len(tables))
            manifest = _manifest(counts)
        manifest["files"] = _write_files(archive)
        archive.writestr("manifest.json", json.dumps(manifest, indent=2))
    return manifest


def _manifest(counts: dict[str, int]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": dealrail.__version__,
        "migrations": migrations(),
        "counts": counts,
        "digest": log.digest_of_heads(),
        "whole": next(log.verify_log(), None) is None,
    }


def _write(archive: zipfile.ZipFile, model: type[Model]) -> int:
    """One table, a row a line; returns how many."""
    fields = [field.name for field in model._meta.concrete_fields]
    count = 0
    with archive.open(f"tables/{model._meta.label}.jsonl", "w") as stream:
        rows = model._default_manager.order_by("pk").iterator(chunk_size=BATCH)
        while chunk := list(islice(rows, BATCH)):
            stream.write(serializers.serialize("jsonl", chunk, fields=fields, cls=Exact).encode())
            count += len(chunk)
    return count


def _write_files(archive: zipfile.ZipFile) -> int:
    root = Path(settings.MEDIA_ROOT)
    found = [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else []
    for path in found:
        archive.write(path, f"files/{path.relative_to(root).as_posix()}")
    return len(found)
