"""What of follow-ups and tasks is written to a sheet when somebody exports them."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.activities import queries
from dealrail.crm.exporting import Column, Kind, added, named, plain, register

_ACTIVITIES = (
    Column(_("ID"), plain("pk")),
    Column(_("When"), lambda row, actor: timezone.localtime(row.occurred_at)),
    Column(_("Kind"), lambda row, actor: row.get_kind_display()),
    Column(_("Deal"), named("deal")),
    Column(_("Customer"), named("customer")),
    Column(_("Contact"), named("contact")),
    Column(_("What happened"), plain("text")),
    Column(_("Next step"), plain("next_step")),
    Column(_("Next step on"), lambda row, actor: _local(row.next_step_at)),
    Column(_("Author"), named("author")),
)
_TASKS = (
    Column(_("ID"), plain("pk")),
    Column(_("Kind"), lambda row, actor: row.get_kind_display()),
    Column(_("Title"), plain("title")),
    Column(_("Deal"), named("deal")),
    Column(_("Customer"), named("customer")),
    Column(_("Owner"), named("owner")),
    Column(_("Due"), lambda row, actor: _local(row.due_at)),
    Column(_("Done"), lambda row, actor: _local(row.done_at)),
)


def _local(moment: Any) -> Any:
    return None if moment is None else timezone.localtime(moment)


def connect() -> None:
    """Let follow-ups and tasks be exported; called once when Django is ready."""
    register("activities", Kind(queries.activities, queries.activity_fields, _ACTIVITIES, added("activity")))
    register("tasks", Kind(queries.tasks, queries.task_fields, _TASKS))
