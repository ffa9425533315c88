"""The columns of the board: which deals, how many, what they are worth, how urgent their next steps are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum
from django.db.models.expressions import OrderBy
from django.db.models.functions import TruncDate
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.crm import queries as crm
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.queries.lines import startable
from dealrail.process.rules import ProcessSpec
from dealrail.web.board.cards import Card, cards
from dealrail.web.lists.choices import line_pickers, named, processes_of_line
from dealrail.web.lists.filters import NONE, Picker, address, narrowed, picker
from dealrail.web.lists.paging import Page, first_pages, page_of
from dealrail.web.people.choosing import named_people

CARDS = 40
NAMES = ("owner", "product", "region", "source", "customer")
URGENT_FIRST = OrderBy(F("next_step_at"), nulls_last=True)
NO_CARDS: Page[Any] = Page(rows=[], next="")
STATES = ("overdue", "today", "planned", "none")


@dataclass(frozen=True)
class Head:
    """The head of a column: its stage, and figures over all its deals, shown or not."""

    key: str
    name: str
    kind: str
    count: int = 0
    amount: Decimal = Decimal(0)
    steps: Mapping[str, int] = field(default_factory=dict)
    weighted: Decimal = Decimal(0)
    median_days: int | None = None

    @property
    def bar(self) -> list[tuple[str, float, float]]:
        """Each kind of next step with its start and width on a bar of 100."""
        start, parts = 0.0, []
        for state in STATES:
            width = 100 * self.steps.get(state, 0) / max(self.count, 1)
            parts.append((state, round(start, 2), round(width, 2)))
            start += width
        return parts


@dataclass(frozen=True)
class Column:
    """A column with its first cards, and the address of more of them."""

    head: Head
    cards: list[Card]
    more: str


def chosen_process(params: QueryDict) -> ProcessSpec | None:
    """The process whose board is shown: the one the address names, else the first; None when there is none.

    Where the address names a business line, of its processes only.
    """
    keys = [row.key for row in processes_of_line(params)]
    wanted = params.get("process", "")
    key = wanted if wanted in keys else next(iter(keys), "")
    return processes.spec_of(processes.current_version(key).pk) if key else None


def process_to_start(actor: Actor, params: QueryDict) -> ProcessSpec | None:
    """The process a new deal is to follow: the one the address names, else the first that the actor may start in."""
    keys = [row.key for row in startable(actor)]
    wanted = params.get("process", "")
    key = wanted if wanted in keys else next(iter(keys), "")
    return processes.spec_of(processes.current_version(key).pk) if key else None


def pickers(params: QueryDict) -> list[Picker]:
    """The filters above the board."""
    return [
        *line_pickers(params),
        picker(
            params, "owner", _("Owner"), [("me", _("Mine")), (NONE, _("Nobody")), *named_people(people.active_people())]
        ),
        picker(params, "unit", _("Department"), named(people.all_units())),
        picker(params, "product", _("Product"), named(crm.products())),
        picker(params, "region", _("Region"), named(crm.regions())),
    ]


def on_board(actor: Actor, spec: ProcessSpec, params: QueryDict) -> QuerySet[Any]:
    """The deals of a process under way, narrowed by the address; those in a pool only when it asks for them."""
    stages = processes.stage_ids_ever(spec.key)
    rows = crm.deals(actor).filter(stage_now__in=[pk for ids in stages.values() for pk in ids])
    if not params.get("pool") and params.get("owner") != NONE:
        rows = rows.filter(pool__isnull=True)
    rows = narrowed(rows, params, names=NAMES, fields=crm.deal_fields(actor), actor=actor)
    return crm.search_deals(actor, rows, params.get("q", ""))


def heads(rows: QuerySet[Any], spec: ProcessSpec) -> list[Head]:
    """The heads of all columns in one statement; a stage that only older versions have stands last."""
    counted: dict[str, list[dict[str, Any]]] = {}
    for row in _figures(rows):
        counted.setdefault(row["stage_now__key"], []).append(row)
    shown = [_head(stage.key, stage.name, stage.kind, counted.pop(stage.key, [])) for stage in spec.stages]
    return shown + [_head(key, days[0]["name"], days[0]["kind"], days) for key, days in counted.items()]


def _figures(rows: QuerySet[Any]) -> Iterable[dict[str, Any]]:
    """The figures of each stage, of every day on which deals came there apart, the earliest first."""
    now = clock.now()
    midnight = datetime.combine(timezone.localdate(now) + timedelta(days=1), time(), timezone.get_current_timezone())
    late = Q(next_step_at__lt=now)
    by_day = rows.order_by().values("stage_now__key", since=TruncDate("stage_since"))
    figures = by_day.annotate(
        name=F("stage_now__name"),
        kind=F("stage_now__kind"),
        count=Count("pk"),
        total=Sum("amount"),
        weighted=Sum(F("amount") * F("stage_now__probability"), output_field=DecimalField()),
        overdue=Count("pk", filter=late),
        today=Count("pk", filter=~late & Q(next_step_at__lt=midnight)),
        planned=Count("pk", filter=Q(next_step_at__gte=midnight)),
        none=Count("pk", filter=Q(next_step_at__isnull=True)),
    )
    return list(figures.order_by("since", "stage_now__position"))


def _median(days: Sequence[Mapping[str, Any]], count: int) -> date:
    """The day on which the deal in the middle came: half of them wait longer, half shorter."""
    reached = accumulate(row["count"] for row in days)
    middle: date = next(row["since"] for row, so_far in zip(days, reached, strict=True) if so_far >= (count + 1) // 2)
    return middle


def _head(key: str, name: str, kind: str, days: Sequence[Mapping[str, Any]]) -> Head:
    if not days:
        return Head(key, name, kind)
    count = sum(row["count"] for row in days)
    return Head(
        key,
        name,
        kind,
        count,
        sum((row["total"] or Decimal(0) for row in days), Decimal(0)),
        {state: sum(row[state] for row in days) for state in STATES},
        sum((row["weighted"] or Decimal(0) for row in days), Decimal(0)) / 100,
        max((timezone.localdate(clock.now()) - _median(days, count)).days, 0),
    )


def columns(actor: Actor, spec: ProcessSpec, params: QueryDict) -> list[Column]:
    """The whole board: every column with its first cards."""
    rows = on_board(actor, spec, params)
    found = heads(rows, spec)
    pages = _first_pages(actor, rows, spec, {head.key for head in found if head.count})
    shown = {card.pk: card for card in cards(actor, [deal for page in pages.values() for deal in page.rows])}
    return [
        Column(head, [shown[deal.pk] for deal in page.rows], _more(params, spec, head.key, page))
        for head in found
        for page in [pages.get(head.key, NO_CARDS)]
    ]


def more_cards(actor: Actor, spec: ProcessSpec, params: QueryDict) -> Column:
    """The next cards of one column."""
    key = params.get("stage", "")
    page = _page(actor, on_board(actor, spec, params), key, params.get("cursor", ""))
    name = processes.stage_name(spec, key)
    return Column(Head(key, name, ""), cards(actor, page.rows), _more(params, spec, key, page))


def _first_pages(actor: Actor, rows: QuerySet[Any], spec: ProcessSpec, keys: Collection[str]) -> dict[str, Page[Any]]:
    ids = crm.first_in_stages(rows, spec.key, keys, order=(URGENT_FIRST, "pk"), most=CARDS + 1)
    return first_pages(as_cards(actor, rows), ids, by=_stage_key, sort=URGENT_FIRST, size=CARDS)


def _stage_key(deal: Any) -> str:
    _spec, stage = engine.spec_and_stage(deal.run)
    return stage.key


def _page(actor: Actor, rows: QuerySet[Any], key: str, cursor: str = "") -> Page[Any]:
    shown = as_cards(actor, rows.filter(stage_now__key=key))
    return page_of(shown, sort=[URGENT_FIRST], cursor=cursor, size=CARDS)


def as_cards(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """These deals with what their cards look at, by the layout that the actor sees them in."""
    return crm.as_cards(rows, crm.laid_out(actor, "card"))


def _more(params: QueryDict, spec: ProcessSpec, key: str, page: Page[Any]) -> str:
    if not page.next:
        return ""
    return address(params, without=["from"], process=spec.key, stage=key) + f"&cursor={page.next}"
