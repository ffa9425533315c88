"""Which deals a list shows: the filters and columns of the deal list, read from the address."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field
from dealrail.crm import queries as crm
from dealrail.insights import queries as insights
from dealrail.process import queries as processes
from dealrail.process.rules import ProcessSpec
from dealrail.web.insights.cohorts import FIGURES, cohort_of, figure_of
from dealrail.web.lists.filters import NONE, Column, Picker, narrowed, picker

NAMES = ("process", "stage", "state", "owner", "product", "region", "source", "customer", "pool")
STATES = {"open": _("Open"), "won": _("Won"), "lost": _("Lost"), "parked": _("Parked")}
COLUMNS = (
    Column(_("Deal"), "name"),
    Column(_("Customer"), "customer"),
    Column(_("Stage"), "stage_entered_at"),
    Column(_("Next step"), "next_step_at"),
    Column(_("Owner"), "owner"),
    Column(_("Amount"), "amount", number=True),
    Column(_("Expected close"), "expected_close"),
    Column(_("Created"), "created_at"),
)


def deal_columns() -> list[Field]:
    """What deals can be filtered and sorted by."""
    return crm.deal_fields()


def listed_deals(actor: Actor, params: QueryDict) -> QuerySet[Any]:
    """The deals that the address asks for: those behind a figure of a funnel, or all one may see, narrowed."""
    if params.get("figure"):
        cohort = cohort_of(params, me=actor.user_id)
        return insights.funnel_deals(actor, cohort, figure_of(params), params.get("stage") or None)
    rows = narrowed(crm.deals(actor), params, names=NAMES, fields=deal_columns(), actor=actor)
    return crm.search_deals(rows, params.get("q", ""))


def deal_pickers(params: QueryDict) -> list[Picker]:
    """The filters above the deal list."""
    current = current_process(params)
    stages = [(stage.key, stage.name) for stage in current.stages] if current else []
    unowned = [(NONE, _("Nobody"))]
    return [
        picker(params, "process", _("Process"), [(row.key, row.name) for row in processes.definitions()]),
        picker(params, "stage", _("Stage"), stages),
        picker(params, "state", _("State"), STATES.items()),
        picker(params, "owner", _("Owner"), [("me", _("Mine")), *unowned, *named(people.active_people())]),
        picker(params, "unit", _("Department"), named(people.all_units())),
        picker(params, "product", _("Product"), named(crm.products())),
        picker(params, "region", _("Region"), named(crm.regions())),
        picker(params, "source", _("Source"), named(crm.sources())),
    ]


def named(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    """Records as options."""
    return list(rows.values_list("pk", "name"))


def current_process(params: QueryDict) -> ProcessSpec | None:
    """The process the list is narrowed to; the only one there is, if there is one."""
    keys = [row.key for row in processes.definitions()]
    key = params.get("process", "") or (keys[0] if len(keys) == 1 else "")
    return processes.spec_of(processes.current_version(key).pk) if key in keys else None


def behind_figure(params: QueryDict) -> str:
    """In words, which figure of a funnel the list shows; empty when it shows none."""
    if not params.get("figure"):
        return ""
    spec = processes.spec_of(processes.current_version(params.get("process", "")).pk)
    stage = params.get("stage", "")
    return " · ".join(
        [spec.name, *([processes.stage_name(spec, stage)] if stage else []), str(FIGURES[figure_of(params)])]
    )
