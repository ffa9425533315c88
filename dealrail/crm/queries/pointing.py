"""What fields point at: people, departments and records, by their names, asked once for many records."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Unit, User
from dealrail.crm import policy
from dealrail.crm.models import Contact, Customer, CustomField, Deal, FieldFile

Type = CustomField.Type
# the key of a field, and what it points at: person, unit, file, customer, contact or deal
Pointer = tuple[str, str]
Names = Mapping[int, str]
# what stands in the place of a name: of a record that is not the reader's to see, deleted ones among them
HIDDEN: Any = _("(not yours to see)")
GONE: Any = _("(no longer there)")
_POINTED = "pointed"


def points_to(field: CustomField) -> str:
    """What a field points at; nothing for most."""
    if field.type == Type.LINK:
        return str(field.target)
    return str(field.type) if field.type in SEEN_BY_ALL else ""


# what whoever sees the field may see, too
SEEN_BY_ALL: Mapping[str, type[Any]] = {Type.PERSON: User, Type.UNIT: Unit, Type.FILE: FieldFile}


def pointers(fields: Iterable[CustomField]) -> list[Pointer]:
    """Those of these fields that point at something."""
    return [(field.key, what) for field in fields if (what := points_to(field))]


def pointed_rows(what: str, actor: Actor | None = None) -> QuerySet[Any]:
    """All that can be pointed at of one kind: everybody, every department and file, of records those the actor may see.

    Of records every living one, where no actor is told: gates ask nothing but what everybody may see.
    """
    if what in SEEN_BY_ALL:
        everything: QuerySet[Any] = SEEN_BY_ALL[what]._default_manager.order_by()
        return everything
    model, visible = _SEEN[what]
    rows: QuerySet[Any] = model._default_manager.filter(policy.LIVING if actor is None else visible(actor))
    return rows.order_by()


_SEEN: Mapping[str, tuple[Any, Any]] = {
    "customer": (Customer, policy.visible_customers),
    "contact": (Contact, policy.visible_contacts),
    "deal": (Deal, policy.visible_deals),
}


def point(actor: Actor, records: Iterable[Any], asked: Iterable[Pointer]) -> None:
    """Ask for the names of all that these records point at, for `pointed_words` to find: a statement for each kind."""
    rows, fields = list(records), list(asked)
    wanted: dict[str, set[int]] = {}
    for key, what in fields:
        # answers to another form may hold something else under the same key
        held = (row.custom.get(key) for row in rows)
        wanted.setdefault(what, set()).update(pk for pk in held if type(pk) is int)
    names = {what: _names(actor, what, ids) for what, ids in wanted.items()}
    found = {(actor.user_id, *pointer): names[pointer[1]] for pointer in fields}
    for row in rows:
        vars(row)[_POINTED] = {**vars(row).get(_POINTED, {}), **found}


def pointed_words(actor: Actor, record: Any, pointer: Pointer) -> str:
    """The name of what a record points at by a field, as this reader gets to see it."""
    key, what = pointer
    pk = record.custom.get(key)
    if pk is None:
        return ""
    if (actor.user_id, *pointer) not in vars(record).get(_POINTED, {}):
        point(actor, [record], [pointer])
    names: Names = vars(record)[_POINTED][actor.user_id, *pointer]
    return names.get(pk) or str(GONE if what in SEEN_BY_ALL else HIDDEN)


def is_pointed_seen(actor: Actor, record: Any, pointer: Pointer) -> bool:
    """Whether the reader may see what a record points at by a field; so it may where that points at nothing."""
    key, what = pointer
    pk = record.custom.get(key)
    if pk is None or what in SEEN_BY_ALL:
        return True
    pointed_words(actor, record, pointer)
    return pk in vars(record)[_POINTED][actor.user_id, *pointer]


def _names(actor: Actor | None, what: str, ids: set[int]) -> Names:
    return dict(pointed_rows(what, actor).filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def told_names(actor: Actor | None, told: Mapping[str, Iterable[str | None]]) -> dict[str, dict[str, str]]:
    """The names of what stands by number in events, for each kind of what is pointed at; see `pointed_rows`."""
    found = {}
    for what, texts in told.items():
        ids = {int(text) for text in texts if text and text.isdecimal() and len(text) < 19}
        found[what] = {str(pk): name for pk, name in _names(actor, what, ids).items()}
    return found
