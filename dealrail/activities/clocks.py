"""What activities have the worker do: once a day, delete files that no record names any more."""

from datetime import timedelta
from typing import Any

from django.db.models import Model

from dealrail.activities.models import ActionDone, Attachment
from dealrail.core.uploads import sweep
from dealrail.events.clocks import register_step

DAY = timedelta(days=1)
KEPT_FOR: dict[str, type[Model]] = {"attachments": Attachment, "evidence": ActionDone}


def sweep_files() -> bool:
    """Delete files of records that were purged, undone or rolled back; never True, as it does all of them at once."""
    for folder, table in KEPT_FOR.items():
        rows: Any = table._default_manager
        sweep(folder, rows.exclude(file="").values_list("file", flat=True).iterator())
    return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("activities.sweep_files", sweep_files, every=DAY)
