"""Layouts: which there are, which one somebody sees, and which fields can be laid out."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.core.reading import once
from dealrail.core.texts import listed
from dealrail.crm.models import Layout
from dealrail.crm.queries.custom import field_name, fields_in_use, fields_seen
from dealrail.crm.queries.labels import LABELS
from dealrail.crm.rules import (
    CARD_STANDARD,
    CREATED,
    CUSTOMER_PAGE,
    DAYS,
    DEAL_CARD,
    DEAL_PAGE,
    LAST_FOLLOW_UP,
    NEXT_STEP,
    FieldGroup,
    arranged,
)
from dealrail.process import queries as processes
from dealrail.process.rules import ProcessSpec

_FIXED: Mapping[str, tuple[str, ...]] = {"deal": DEAL_PAGE, "customer": CUSTOMER_PAGE, "card": DEAL_CARD}
PLACE_NAMES: dict[str, Any] = {
    "deal": _("Page of a deal"),
    "customer": _("Page of a customer"),
    "card": _("Card on the board"),
}
# these stand behind the fields of processes and added ones
_BEHIND = {NEXT_STEP, LAST_FOLLOW_UP, CREATED, DAYS, "owner", "created_at", "notes"}
LAYOUT_LABELS: dict[str, Any] = {
    **LABELS,
    NEXT_STEP: _("Next step"),
    LAST_FOLLOW_UP: _("Last follow-up"),
    CREATED: _("Created"),
    DAYS: _("Time in the stage"),
    "created_at": _("Created"),
}


@once
def layouts() -> list[Layout]:
    """Every layout; those of roles in the order these were added, those for everybody last."""
    rows = Layout.objects.select_related("role")
    return list(rows.order_by(F("role").asc(nulls_last=True), "pk"))


def layout_of(place: str, role_key: str = "") -> Layout | None:
    """The layout that was made for this role, or for everybody; none where there is none of its own."""
    own = (row for row in layouts() if row.place == place)
    return next((row for row in own if (row.role.key if row.role else "") == role_key), None)


def layout_seen(actor: Actor, place: str) -> Layout | None:
    """The layout that somebody sees: of the first of their roles that has one, else that for everybody.

    The first is the one that was added to the company first, as with the views that lists open with.
    """
    own = (row for row in layouts() if row.place == place)
    return next((row for row in own if row.role is None or row.role.key in actor.roles), None)


def groups_of(layout: Layout) -> list[FieldGroup]:
    """Its groups in order."""
    return [FieldGroup(str(row["heading"]), tuple(row["fields"])) for row in layout.groups]


def groups_seen(actor: Actor, place: str, there: Iterable[str]) -> list[FieldGroup]:
    """These fields as somebody's layout has them; all in one group where nobody laid them out."""
    layout = layout_seen(actor, place)
    if layout is None:
        return arranged([], there, with_rest=True)
    return arranged(groups_of(layout), there, with_rest=layout.with_rest)


def laid_out(actor: Actor, place: str) -> frozenset[str]:
    """The fields that somebody's layout of a place names; none where there is no layout."""
    layout = layout_seen(actor, place)
    return frozenset(name for group in groups_of(layout) for name in group.fields) if layout else frozenset()


def kind_at(place: str) -> str:
    """The kind of record whose fields stand at a place."""
    return "customer" if place == "customer" else "deal"


def layout_fields(place: str, *, actor: Actor | None = None) -> dict[str, Any]:
    """What can be laid out, with its name: fixed fields, those of the processes in force, and added ones in use.

    With an `actor` only what they may see. In the order in which they stand where there is no layout.
    """
    kind = kind_at(place)
    added = fields_in_use(kind) if actor is None else fields_seen(actor, kind)
    own = {field_name(field): field.name for field in added}
    fixed = {name: LAYOUT_LABELS[name] for name in _FIXED[place]}
    first = {name: label for name, label in fixed.items() if name not in _BEHIND}
    return {**first, **(_of_processes() if kind == "deal" else {}), **own, **fixed}


def standard_groups(place: str) -> list[FieldGroup]:
    """What a layout begins with that nobody has made yet: much as things stand without one."""
    begun = {"deal": DEAL_PAGE, "customer": tuple(layout_fields(place)), "card": CARD_STANDARD}
    return [FieldGroup("", begun[place])]


def processes_with(place: str) -> dict[str, str]:
    """Of which processes in force each field is that processes bring along, by name."""
    found: dict[str, list[str]] = {}
    for spec in _specs() if place != "customer" else ():
        for key in spec.field_names():
            found.setdefault(key, []).append(spec.name)
    return {key: listed(names) for key, names in found.items()}


def _of_processes() -> dict[str, str]:
    """The fields of the processes in force; of one that several have the name that the first of them gives it."""
    found: dict[str, str] = {}
    for spec in _specs():
        for key, name in spec.field_names().items():
            found.setdefault(key, name)
    return found


def _specs() -> list[ProcessSpec]:
    return [processes.spec_of(version.pk) for version in processes.current_versions()]


def layout_told(layout: Layout) -> dict[str, str]:
    """What a layout says, as texts: a line for each group, with its heading before its fields."""
    lines = [f"{group.heading}: {', '.join(group.fields)}" for group in groups_of(layout)]
    return {"groups": "\n".join(lines), "with_rest": str(layout.with_rest)}


def layout_words(told: str, place: str, more: Mapping[str, str] | None = None) -> str:
    """The groups of a layout of this place as `layout_told` says them, with the names of their fields; `more` names."""
    names = {**(more or {}), **{name: str(label) for name, label in layout_fields(place).items()}}
    groups = []
    for line in told.splitlines():
        heading, _colon, fields = line.rpartition(": ")
        words = listed(names.get(field, field) for field in fields.split(", "))
        groups.append(f"{heading}: {words}" if heading else words)
    return " · ".join(groups)
