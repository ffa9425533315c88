"""The list of follow-ups: on deals and customers one may see, and one's own."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.activities import queries as activities
from dealrail.activities.permissions import ACTIVITIES_RECORD
from dealrail.core.filters import Field
from dealrail.core.texts import tidy
from dealrail.web.lists import cells, choices
from dealrail.web.lists.cells import Cell
from dealrail.web.lists.choices import MINE
from dealrail.web.lists.filters import Option, Picker, picker
from dealrail.web.lists.kinds import Column, ListKind, New, added_columns, register
from dealrail.web.people.choosing import named_people

SHOWN = 140


def _text(activity: Any, actor: Actor) -> Cell:
    words = activity.text if len(activity.text) <= SHOWN else activity.text[:SHOWN] + "…"
    about = cells.record(activity.deal, "deal") if activity.deal else cells.record(activity.customer, "customer")
    return Cell("record", words, about.href)


_COLUMNS = (
    Column("text", _("What happened"), _text, "text"),
    Column("kind", _("Kind"), lambda row, actor: cells.text(row.get_kind_display()), "kind"),
    Column("occurred_at", _("When"), lambda row, actor: cells.ago(row.occurred_at), "occurred_at"),
    Column("author", _("Author"), lambda row, actor: cells.text(row.author), "author"),
    Column("deal", _("Deal"), lambda row, actor: cells.record(row.deal, "deal")),
    Column("customer", _("Customer"), lambda row, actor: cells.record(row.customer, "customer")),
    Column("contact", _("Contact"), lambda row, actor: cells.text(row.contact), more=True),
    Column("next_step", _("Next step"), lambda row, actor: cells.text(row.next_step), more=True),
    Column("next_step_at", _("Next step on"), lambda row, actor: cells.ago(row.next_step_at), shown=False),
)


def _columns(fields: list[Field]) -> list[Column]:
    return [*_COLUMNS, *added_columns(fields)]


def _kinds(actor: Actor, params: QueryDict) -> list[Option]:
    return choices.choices(activities.activity_kinds().items())


def _pickers(actor: Actor, params: QueryDict) -> list[Picker]:
    return [
        picker(params, "kind", _("Kind"), activities.activity_kinds().items()),
        picker(params, "author", _("Author"), [MINE, *named_people(people.active_people())]),
        picker(params, "occurred_at", _("When"), WHEN),
        *choices.line_pickers(params),
    ]


WHEN = (
    ("today", _("today")),
    ("yesterday", _("yesterday")),
    ("this_week", _("this week")),
    ("last_week", _("last week")),
    ("this_month", _("this month")),
)


def _search(actor: Actor, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    text = tidy(text)
    named_so = Q(text__icontains=text) | Q(deal__name__icontains=text) | Q(customer__name__icontains=text)
    return rows.filter(named_so) if text else rows


register(
    ListKind(
        key="activities",
        title=_("Follow-ups"),
        symbol="message-circle",
        rows=activities.activities,
        fields=activities.activity_fields,
        columns=_columns,
        names=("kind", "author", "deal", "customer", "line", "occurred_at"),
        pickers=_pickers,
        labels={
            "text": _("What happened"),
            "kind": _("Kind"),
            "line": _("Business line"),
            "author": _("Author"),
            "occurred_at": _("When"),
        },
        hint=_("Search follow-ups"),
        empty=_("There are no follow-ups yet that you can see. They are written on the page of a deal or customer."),
        all_words=_("All follow-ups"),
        search=_search,
        sort="-occurred_at",
        new=New("follow_up_pick", _("Write a follow-up"), ACTIVITIES_RECORD, symbol="message-circle"),
        options={"kind": _kinds, "author": choices.people_options, "line": choices.line_options},
    )
)
