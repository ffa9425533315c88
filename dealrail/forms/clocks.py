"""What forms have the worker do: once a day, delete files that no record names any more."""

from datetime import timedelta

from dealrail.core.uploads import sweep
from dealrail.events.clocks import register_step
from dealrail.forms.actions.filling import FOLDER
from dealrail.forms.models import FormFile

DAY = timedelta(days=1)


def sweep_files() -> bool:
    """Delete files of records that were purged or never kept; never True, as it does all of them at once."""
    sweep(FOLDER, FormFile.objects.values_list("file", flat=True).iterator())
    return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("forms.sweep_files", sweep_files, every=DAY)
