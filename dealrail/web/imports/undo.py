"""What undoing an import would take away, and what it would leave: said before it is done."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.crm import importing
from dealrail.crm import queries as crm

AT_ONCE = 5000
NAMED = 10
KINDS: dict[str, Any] = {
    "deal": _("Deals"),
    "customer": _("Customers"),
    "contact": _("Contacts"),
    "product": _("Products"),
    "user": _("People"),
    "unit": _("Departments"),
    "region": _("Regions"),
    "source": _("Sources"),
}
_NAMES: dict[str, Callable[[Actor], Any]] = {
    "deal": crm.deals,
    "customer": crm.customers,
    "contact": crm.contacts,
    "product": lambda actor: crm.products(),
    "user": lambda actor: people.everybody(),
}


@dataclass(frozen=True)
class Loss:
    """The records of one kind: how many would go, how many stay because somebody has worked with them; some names."""

    label: Any
    gone: int
    kept: int
    names: list[str]

    @property
    def unnamed(self) -> int:
        """How many more stay than are named."""
        return self.kept - len(self.names)


def losses(actor: Actor, job: Any) -> list[Loss]:
    """What the import made, kind by kind."""
    made: dict[str, list[int]] = defaultdict(list)
    rows = importing.rows_of(job, "created").filter(record_id__isnull=False).order_by()
    for kind, record_id in rows.values_list("record_kind", "record_id"):
        made[kind].append(record_id or 0)
    return [_loss(actor, kind, made[kind]) for kind in KINDS if kind in made]


def _loss(actor: Actor, kind: str, ids: Sequence[int]) -> Loss:
    held: set[int] = set()
    for start in range(0, len(ids), AT_ONCE):
        held |= importing.held_back(kind, ids[start : start + AT_ONCE])
    return Loss(KINDS[kind], len(ids) - len(held), len(held), _names(actor, kind, sorted(held)[:NAMED]))


def _names(actor: Actor, kind: str, ids: Sequence[int]) -> list[str]:
    """Their names, as far as this reader may see them."""
    if kind not in _NAMES or not ids:
        return []
    return list(_NAMES[kind](actor).filter(pk__in=ids).order_by("pk").values_list("name", flat=True))
