"""What activities have the worker do: once a day, delete files that no record names any more."""

import time
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


class SweepFiles:
    """Deletes what was left behind by records purged or undone, and by what was rolled back; looks once a day."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> bool:
        """Look through all folders; never True, as there is no more until tomorrow."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + DAY.total_seconds()
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
    register_step("activities.sweep_files", SweepFiles())
