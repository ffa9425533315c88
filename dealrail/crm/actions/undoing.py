"""Taking back what an import made, unless somebody has worked with it since."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.facts import UnitRemoved, UserRemoved
from dealrail.accounts.models import Unit, User
from dealrail.crm import emptying, importing
from dealrail.crm.facts import (
    ContactChanged,
    ContactRemoved,
    CustomerRemoved,
    DealRemoved,
    ProductRemoved,
    RegionRemoved,
    SourceRemoved,
)
from dealrail.crm.models import Contact, Customer, Deal, ImportRow, Product, Region, Source
from dealrail.events import queries as log
from dealrail.events.engine import record_many
from dealrail.events.facts import Fact
from dealrail.process.models import Run

Result = ImportRow.Result
MODELS: dict[str, type[models.Model]] = {
    "deal": Deal,
    "customer": Customer,
    "contact": Contact,
    "product": Product,
    "user": User,
    "unit": Unit,
    "region": Region,
    "source": Source,
}


DEPENDED_ON = "depended_on"
# what links of records may lead to
LINKED = ("deal", "customer", "contact")


@transaction.atomic
def remove_imported(*, actor: Actor, rows: Sequence[ImportRow], reason: str) -> None:
    """Remove the records of these rows, or mark a row as kept and say why; the caller saves the rows.

    A record that others still depend on keeps its id in the row, so that it can be tried again later.
    """
    emptying.lock_linking({kind: _ids(rows, kind) for kind in LINKED})
    gone = {}
    for kind in dict.fromkeys(row.record_kind for row in rows):
        mine = [row for row in rows if row.record_kind == kind]
        ids = [row.record_id or 0 for row in mine]
        # locked before the log, as everywhere; and nobody can begin to work with them any more
        locked = MODELS[kind]._default_manager.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk")
        found = {record.pk: record for record in locked}
        touched = _changed_contacts(found.values()) if kind == "contact" else importing.held_back(kind, ids)
        for row in mine:
            if row.record_id in touched:
                _keep(row, _("Kept: somebody has worked with “%(name)s” since."), found.get(row.record_id))
                row.record_id = None
        free = [row for row in mine if row.record_id is not None]
        before = _ids(free, kind)
        _remove_deals(free, found, actor, reason) if kind == "deal" else _remove_each(free, found, actor, reason)
        gone[kind] = before - _ids(free, kind)
    emptying.empty_links({kind: ids for kind, ids in gone.items() if kind in LINKED}, actor=actor)


def _ids(rows: Iterable[ImportRow], kind: str) -> set[int]:
    """The records of this kind that stand in these rows."""
    return {row.record_id for row in rows if row.record_kind == kind and row.record_id}


def _changed_contacts(contacts: Iterable[Any]) -> set[int]:
    """Contacts somebody changed since; the log tells of them in the chain of their customer."""
    events = log.timeline({"customer": [contact.customer_id for contact in contacts]})
    changed = events.filter(kind=ContactChanged.kind).exclude(channel__in=["import", "system"])
    return {payload["contact_id"] for payload in changed.values_list("payload", flat=True)}


def _keep(row: ImportRow, sentence: str, record: Any) -> None:
    row.result, row.message = Result.KEPT, sentence % {"name": record}


def _gone(row: ImportRow) -> None:
    row.result, row.record_id, row.message = Result.UNDONE, None, ""


def _remove_deals(rows: Sequence[ImportRow], found: Mapping[int, Any], actor: Actor, reason: str) -> None:
    deals = [deal for row in rows if (deal := found.get(row.record_id or 0)) is not None]
    record_many([(_FACTS["deal"](deal, reason), None) for deal in deals], actor=actor)
    Deal.objects.filter(pk__in=[deal.pk for deal in deals]).delete()
    Run.objects.filter(pk__in=[deal.run_id for deal in deals]).delete()
    for row in rows:
        _gone(row)


def _remove_each(rows: Sequence[ImportRow], found: Mapping[int, Any], actor: Actor, reason: str) -> None:
    for row in rows:
        target = found.get(row.record_id or 0)
        try:
            with transaction.atomic():
                if target is not None:
                    _delete(row.record_kind, target, actor, reason)
            _gone(row)
        except models.ProtectedError:
            _keep(row, _("Kept: others depend on “%(name)s”."), target)
            row.field = DEPENDED_ON


def _delete(kind: str, target: Any, actor: Actor, reason: str) -> None:
    if isinstance(target, Customer) and (contacts := list(target.contacts.all())):
        # deleting the customer would take them along, and whoever brought them in would not know
        raise models.ProtectedError("contacts", set(contacts))
    if kind in _FACTS:
        record_many([(_FACTS[kind](target, reason), None)], actor=actor)
    target.delete()


_FACTS: dict[str, Callable[[Any, str], Fact]] = {
    "deal": lambda row, reason: DealRemoved(deal_id=row.pk, deal_name=row.name, owner_id=row.owner_id, reason=reason),
    "customer": lambda row, reason: CustomerRemoved(customer_id=row.pk, customer_name=row.name, reason=reason),
    "contact": lambda row, reason: ContactRemoved(
        customer_id=row.customer_id,
        customer_name=row.customer.name,
        contact_id=row.pk,
        contact_name=row.name,
        reason=reason,
    ),
    "product": lambda row, reason: ProductRemoved(product_id=row.pk, name=row.name, reason=reason),
    "region": lambda row, reason: RegionRemoved(region_id=row.pk, name=row.name, reason=reason),
    "source": lambda row, reason: SourceRemoved(source_id=row.pk, name=row.name, reason=reason),
    "user": lambda row, reason: UserRemoved(user_id=row.pk, login=row.login, name=row.name, reason=reason),
    "unit": lambda row, reason: UnitRemoved(unit_id=row.pk, name=row.name, reason=reason),
}
