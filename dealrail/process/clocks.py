"""What processes have the worker do: once a day, delete pictures that no row names any more."""

from datetime import timedelta

from dealrail.core.uploads import sweep
from dealrail.events.clocks import register_step
from dealrail.process.actions.pictures import FOLDER
from dealrail.process.models import Picture

DAY = timedelta(days=1)


def sweep_pictures() -> bool:
    """Delete pictures that were never kept; never True, as it does all of them at once."""
    sweep(FOLDER, Picture.objects.values_list("file", flat=True).iterator())
    return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("process.sweep_pictures", sweep_pictures, every=DAY)
