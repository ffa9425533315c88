"""The list of deals, and which deals stand behind a figure of the funnel or of an action."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core.filters import Field
from dealrail.crm import permissions
from dealrail.crm import queries as crm
from dealrail.insights import queries as insights
from dealrail.process import queries as processes
from dealrail.web.insights.actions import action_figure_words, deals_of_action
from dealrail.web.insights.cohorts import FIGURES, cohort_of, figure_of
from dealrail.web.lists import cells, choices
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.choices import MINE, NOBODY, NOT_MINE, STATES, current_process, line_pickers, named
from dealrail.web.lists.filters import Picker, narrowed, picker
from dealrail.web.lists.kinds import Column, ListKind, New, added_columns, register
from dealrail.web.lists.needs import NEEDS, needing
from dealrail.web.people.choosing import named_people

NAMES = ("process", "line", "stage", "state", "owner", "product", "region", "source", "customer", "pool")


def _name(deal: Any, actor: Actor) -> Cell:
    return cells.record(deal, "deal", more=deal.run.state if deal.run.state != "open" else None)


def _step(deal: Any, actor: Actor) -> Cell:
    return Cell("step", deal) if deal.run.state == "open" else cells.NOTHING


def _loss(deal: Any, actor: Actor) -> Cell:
    reasons = processes.spec_of(deal.run.version_id).loss_reasons
    return cells.text(reasons.get(deal.loss_reason, deal.loss_reason))


_COLUMNS = (
    Column("name", _("Deal"), _name, "name"),
    Column("customer", _("Customer"), lambda deal, actor: cells.record(deal.customer, "customer"), "customer"),
    Column("stage", _("Stage"), lambda deal, actor: cells.text(deal.run.stage.name), "stage_entered_at"),
    Column("next_step_at", _("Next step"), _step, "next_step_at"),
    Column("owner", _("Owner"), lambda deal, actor: cells.text(deal.owner), "owner"),
    Column("amount", _("Amount"), lambda deal, actor: cells.money(deal.amount), "amount", number=True, sums="amount"),
    Column(
        "expected_close",
        _("Expected close"),
        lambda deal, actor: cells.day(deal.expected_close),
        "expected_close",
        more=True,
    ),
    Column("created_at", _("Created"), lambda deal, actor: cells.ago(deal.created_at), "created_at", more=True),
    Column("code", _("Code"), lambda deal, actor: cells.text(deal.code), "code", shown=False),
    Column(
        "process",
        _("Process"),
        lambda deal, actor: cells.text(deal.run.version.definition.name),
        "process",
        shown=False,
    ),
    Column(
        "line",
        _("Business line"),
        lambda deal, actor: cells.text(deal.run.version.definition.line),
        "line",
        shown=False,
    ),
    Column("state", _("State"), lambda deal, actor: Cell("state", deal.run.state), "state", shown=False),
    Column("product", _("Product"), lambda deal, actor: cells.text(deal.product), "product", shown=False),
    Column("region", _("Region"), lambda deal, actor: cells.text(deal.region), "region", shown=False),
    Column("source", _("Source"), lambda deal, actor: cells.text(deal.source), "source", shown=False),
    Column("pool", _("Public pool"), lambda deal, actor: cells.text(deal.pool), "pool", shown=False),
    Column(
        "last_follow_up_at",
        _("Last follow-up"),
        lambda deal, actor: cells.ago(deal.last_follow_up_at),
        "last_follow_up_at",
        shown=False,
    ),
    Column(
        "stage_entered_at",
        _("In this stage since"),
        lambda deal, actor: cells.ago(deal.run.stage_entered_at),
        "stage_entered_at",
        shown=False,
    ),
    Column("closed_at", _("Closed"), lambda deal, actor: cells.day(deal.run.closed_at), "closed_at", shown=False),
    Column("loss_reason", _("Loss reason"), _loss, "loss_reason", shown=False),
)
_OWN_KINDS = {"money": "money", "number": "number", "date": "date"}


def columns(fields: list[Field]) -> list[Column]:
    """The columns of deals, those of fields that processes add included."""
    return [*_COLUMNS, *added_columns(fields), *(_own(field) for field in fields if field.path == "extra")]


def _own(field: Field) -> Column:
    kind = _OWN_KINDS.get(str(field.type), "text")
    return Column(
        field.name,
        field.label,
        _own_cell(field.key, kind),
        "" if field.variants else field.name,
        number=kind in {"money", "number"},
        shown=False,
    )


def _own_cell(key: str, kind: str) -> Callable[[Any, Actor], Cell]:
    """The cell of a field that a process adds; what an older version kept in another form is shown as it is."""

    def cell(deal: Any, actor: Actor) -> Cell:
        value = deal.extra.get(key)
        try:
            return cells.typed(kind, value)
        except (ValueError, ArithmeticError):
            return cells.text(value)

    return cell


def pickers(actor: Actor, params: QueryDict) -> list[Picker]:
    """The filters above the deal list."""
    current = current_process(params)
    stages = [(stage.key, stage.name) for stage in current.stages] if current else []
    return [
        *line_pickers(params),
        picker(params, "process", _("Process"), [(row.key, row.name) for row in processes.definitions()]),
        picker(params, "stage", _("Stage"), stages),
        picker(params, "state", _("State"), STATES.items()),
        picker(params, "owner", _("Owner"), [MINE, NOT_MINE, NOBODY, *named_people(people.active_people())]),
        picker(params, "needs", _("Needs"), NEEDS.items()),
        picker(params, "unit", _("Department"), named(people.all_units())),
        picker(params, "product", _("Product"), named(crm.products())),
        picker(params, "region", _("Region"), named(crm.regions())),
        picker(params, "source", _("Source"), named(crm.sources())),
    ]


def behind(actor: Actor, params: QueryDict) -> QuerySet[Any] | None:
    """The deals behind a figure of a funnel, of an action or of the first page; None when the address names none."""
    if params.get("needs") in NEEDS:
        rows = narrowed(crm.deals(actor), params, names=NAMES, fields=crm.deal_fields(actor), actor=actor)
        return crm.search_deals(actor, needing(rows, params.get("needs", "")), params.get("q", ""))
    if params.get("action"):
        return deals_of_action(actor, params)
    if not params.get("figure"):
        return None
    cohort = cohort_of(params, me=actor.user_id)
    return insights.funnel_deals(actor, cohort, figure_of(params), params.get("stage") or None)


def behind_figure(params: QueryDict) -> str:
    """In words, which figure of a funnel or of an action the list shows; empty when it shows none."""
    if params.get("action"):
        return action_figure_words(params)
    if not params.get("figure"):
        return ""
    spec = processes.spec_of(processes.current_version(params.get("process", "")).pk)
    stage = params.get("stage", "")
    return " · ".join(
        [spec.name, *([processes.stage_name(spec, stage)] if stage else []), str(FIGURES[figure_of(params)])]
    )


LABELS = {
    **crm.LABELS,
    "process": _("Process"),
    "line": _("Business line"),
    "stage": _("Stage"),
    "state": _("State"),
    "version": _("Version of the process"),
    "loss_reason": _("Loss reason"),
    "unit": _("Department"),
    "pool": _("Public pool"),
    "created_at": _("Created"),
    "started_at": _("Started"),
    "closed_at": _("Closed"),
    "stage_entered_at": _("In this stage since"),
    "last_follow_up_at": _("Last follow-up"),
    "next_step_at": _("Next step"),
}
OPTIONS = {
    "process": choices.process_options,
    "line": choices.line_options,
    "stage": choices.stage_options,
    "state": choices.state_options,
    "loss_reason": choices.loss_options,
    "owner": choices.people_options,
    "unit": choices.unit_options,
    "product": choices.product_options,
    "region": choices.region_options,
    "source": choices.source_options,
    "pool": choices.pool_options,
}
DEALS = ListKind(
    key="deals",
    title=_("Deals"),
    symbol="briefcase",
    rows=crm.deals,
    fields=crm.deal_fields,
    columns=columns,
    names=NAMES,
    pickers=pickers,
    labels=LABELS,
    hint=_("Search deals"),
    empty=_("There are no deals yet that you can see."),
    all_words=_("All deals"),
    search=crm.search_deals,
    sort="-created_at",
    start="state=open",
    options=OPTIONS,
    behind=behind,
    new=New("deal_new", _("New deal"), permissions.DEALS_CREATE),
    is_imported=True,
)
register(DEALS)
register(replace(DEALS, key="board", title=_("Board")))
