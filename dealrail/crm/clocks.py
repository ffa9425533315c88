"""What the CRM has the worker do: work off imports, and undo them, a piece at a time."""

import time
from collections.abc import Callable

from dealrail.accounts.actor import Actor
from dealrail.crm.actions.imports import step_import
from dealrail.crm.models import ImportJob
from dealrail.events.clocks import register_step


def step_imports() -> bool:
    """Do one piece of the oldest import that isn't finished; True when there may be more."""
    waiting = ImportJob.objects.filter(status__in=[ImportJob.Status.RUNNING, ImportJob.Status.UNDOING])
    job_id = waiting.order_by("pk").values_list("pk", flat=True).first()
    if job_id is None:
        return False
    step_import(actor=Actor.system(), job_id=job_id)
    return True


def finish_import(
    job_id: int, *, seconds: float | None = None, progress: Callable[[ImportJob], None] | None = None
) -> ImportJob:
    """Work an import off here and now, until it is done or the time is up; the worker goes on with the rest."""
    end = None if seconds is None else time.monotonic() + seconds
    while step_import(actor=Actor.system(), job_id=job_id):
        if progress is not None:
            progress(ImportJob.objects.get(pk=job_id))
        if end is not None and time.monotonic() > end:
            break
    return ImportJob.objects.get(pk=job_id)


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("crm.step_imports", step_imports)
