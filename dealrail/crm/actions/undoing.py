"""Taking back what an import made, unless somebody has worked with it since."""

from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import Unit, User
from dealrail.crm.facts import ContactRemoved, CustomerRemoved, DealRemoved, ProductRemoved
from dealrail.crm.models import Contact, Customer, Deal, ImportRow, Product, Region, Source
from dealrail.events import queries as log
from dealrail.events.engine import record
from dealrail.events.facts import Fact

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


@transaction.atomic
def remove(row: ImportRow, *, actor: Actor, reason: str) -> None:
    """Remove the record of a row, or mark the row as kept and say why; the row itself is saved by the caller."""
    found: Any = MODELS[row.record_kind]._default_manager.filter(pk=row.record_id).first()
    row.result = Result.UNDONE
    if found is None:
        return
    if log.touched_since(row.record_kind, found.pk):
        row.result, row.message = Result.KEPT, _("Kept: somebody has worked with “%(name)s” since.") % {"name": found}
        return
    try:
        with transaction.atomic():
            _delete(row.record_kind, found, actor, reason)
    except models.ProtectedError:
        row.result, row.message = Result.KEPT, _("Kept: others depend on “%(name)s”.") % {"name": found}


def _delete(kind: str, found: Any, actor: Actor, reason: str) -> None:
    if kind in _FACTS:
        record(_FACTS[kind](found, reason), actor=actor)
    run = found.run if kind == "deal" else None
    if kind == "customer" and found.deals.exists():
        raise models.ProtectedError("deals", set(found.deals.all()))
    found.delete()
    if run is not None:
        run.delete()


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
}
