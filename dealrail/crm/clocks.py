"""What the CRM has the worker do: work off imports and migrations, undo imports, empty the recycle bin."""

import time
from collections.abc import Callable
from datetime import timedelta

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import clock
from dealrail.core.uploads import sweep
from dealrail.crm.actions.approvals import remind_approvers
from dealrail.crm.actions.bulk import step_bulk
from dealrail.crm.actions.fields import step_formula
from dealrail.crm.actions.imports import step_import
from dealrail.crm.actions.migrations import finish_migration, migrate_deal
from dealrail.crm.actions.pools import forget_pool_views
from dealrail.crm.actions.recycling import purge_deleted
from dealrail.crm.actions.trials import step_trial
from dealrail.crm.engine.pointing import FOLDER
from dealrail.crm.models import BulkJob, CustomField, ImportJob, Migration, Trial
from dealrail.crm.queries import deals_left
from dealrail.crm.queries.deleted import is_any_overdue
from dealrail.crm.queries.files import files_kept
from dealrail.crm.queries.sharing import reminders_due
from dealrail.events.clocks import register_step


def step_imports() -> bool:
    """Do one piece of the oldest import that isn't finished; True when there may be more."""
    waiting = ImportJob.objects.filter(status__in=[ImportJob.Status.RUNNING, ImportJob.Status.UNDOING])
    job_id = waiting.order_by("pk").values_list("pk", flat=True).first()
    if job_id is None:
        return False
    step_import(actor=Actor.system(), job_id=job_id)
    return True


def purge() -> bool:
    """Remove for good a piece of what has lain in the recycle bin long enough; True when there may be more."""
    return is_any_overdue(clock.now()) and purge_deleted(actor=Actor.system()) > 0


def forget_views() -> bool:
    """Drop a piece of the old counts of what was opened in pools; True when there may be more."""
    return forget_pool_views(actor=Actor.system()) > 0


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


BULK_PIECE = 25
REMINDED_AT_ONCE = 25


def step_bulk_jobs() -> bool:
    """Take the step for some records of the oldest job that isn't finished; True when there was one."""
    job_id = BulkJob.objects.filter(status=BulkJob.Status.RUNNING).order_by("pk").values_list("pk", flat=True).first()
    if job_id is None:
        return False
    for _ in range(BULK_PIECE):
        if not step_bulk(actor=Actor.system(), job_id=job_id):
            break
    return True


def finish_bulk(job_id: int) -> BulkJob:
    """Work a job off here and now; only for few records."""
    while step_bulk(actor=Actor.system(), job_id=job_id):
        pass
    return BulkJob.objects.get(pk=job_id)


MIGRATION_PIECE = 50


def step_migrations() -> bool:
    """Take some deals of the oldest migration that isn't finished over; True when there was one."""
    migration = Migration.objects.filter(status=Migration.Status.RUNNING).order_by("pk").first()
    if migration is None:
        return False
    left = list(deals_left(migration).values_list("pk", flat=True)[:MIGRATION_PIECE])
    for deal_id in left:
        if not migrate_deal(actor=Actor.system(), migration_id=migration.pk, deal_id=deal_id):
            break
    if not left:
        finish_migration(actor=Actor.system(), migration_id=migration.pk)
    return True


def remind() -> bool:
    """Remind the approvers of the requests that wait too long; True when there may be more."""
    due = reminders_due(clock.now(), most=REMINDED_AT_ONCE)
    for deal_id, request_id in due:
        try:
            remind_approvers(actor=Actor.system(), deal_id=deal_id, request_id=request_id)
        except NotFound:  # the deal went into the recycle bin this very moment
            continue
    return len(due) == REMINDED_AT_ONCE


def step_trials() -> bool:
    """Judge a piece of the oldest dry run or replay that isn't finished; True when there was one."""
    waiting = Trial.objects.filter(status=Trial.Status.RUNNING).order_by("pk").values_list("pk", flat=True)
    trial_id = waiting.first()
    if trial_id is None:
        return False
    step_trial(actor=Actor.system(), trial_id=trial_id)
    return True


def step_formulas() -> bool:
    """Compute a piece of the first formula that isn't computed for all records; True when there was one."""
    waiting = CustomField.objects.filter(computed_to__isnull=False).order_by("pk").values_list("pk", flat=True)
    field_id = waiting.first()
    if field_id is None:
        return False
    step_formula(actor=Actor.system(), field_id=field_id)
    return True


def sweep_field_files() -> bool:
    """Delete files of fields that no record holds; never True, it does all at once.

    What they were called stays: the log names them.
    """
    sweep(FOLDER, files_kept(clock.now()).values_list("file", flat=True).iterator())
    return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("crm.step_imports", step_imports)
    register_step("crm.purge_deleted", purge)
    register_step("crm.step_bulk_jobs", step_bulk_jobs)
    register_step("crm.step_migrations", step_migrations)
    register_step("crm.remind_approvers", remind, every=timedelta(minutes=1))
    register_step("crm.step_trials", step_trials)
    register_step("crm.step_formulas", step_formulas)
    register_step("crm.sweep_field_files", sweep_field_files, every=timedelta(days=1))
    register_step("crm.forget_pool_views", forget_views, every=timedelta(hours=1))
