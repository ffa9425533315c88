"""What activities have the worker do: once a day, delete files that no record names any more."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Model

from dealrail.activities.models import ActionDone, Attachment
from dealrail.core import clock
from dealrail.events.clocks import register_step

DAY = timedelta(days=1)
KEPT_FOR: dict[str, type[Model]] = {"attachments": Attachment, "evidence": ActionDone}


def sweep_files() -> bool:
    """Delete files of records that were purged, undone or rolled back; never True, as it does all of them at once."""
    for folder in KEPT_FOR:
        for path in forgotten(folder):
            path.unlink(missing_ok=True)
    return False


def forgotten(folder: str) -> Iterator[Path]:
    """The files in a folder that no row names; those of the last day may belong to a row that isn't written yet."""
    rows: Any = KEPT_FOR[folder]._default_manager
    named = set(rows.exclude(file="").values_list("file", flat=True).iterator())
    settled = (clock.now() - DAY).timestamp()
    for path in sorted((Path(settings.MEDIA_ROOT) / folder).glob("*")):
        if path.is_file() and f"{folder}/{path.name}" not in named and path.stat().st_mtime < settled:
            yield path


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("activities.sweep_files", sweep_files, every=DAY)
