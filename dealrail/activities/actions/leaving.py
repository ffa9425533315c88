"""Handing everything a person owns to a successor, and stopping them, in one job."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actions.units import change_unit
from dealrail.accounts.actions.users import change_user
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import SuccessorMissing
from dealrail.accounts.models import User
from dealrail.accounts.permissions import PEOPLE_MANAGE
from dealrail.activities import queries
from dealrail.activities.actions.tasks import change_task
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions.customers import transfer_customer
from dealrail.crm.actions.deals import transfer_deal
from dealrail.crm.actions.pools import replace_pool_admin


@dataclass(frozen=True)
class HandedOver:
    """What became of one thing a person owned: its kind, id and name, and why it stayed, if it did.

    The name is empty where the actor may not see what stayed.
    """

    kind: str
    id: int
    name: str
    problem: str = ""


@dataclass(frozen=True)
class Left:
    """Everything that was handed over or stayed; the person is stopped only when nothing stayed."""

    person: User
    rows: list[HandedOver]

    @property
    def refused(self) -> list[HandedOver]:
        """What stayed with them."""
        return [row for row in self.rows if row.problem]

    @property
    def named(self) -> list[HandedOver]:
        """Of what stayed, that which the actor may see."""
        return [row for row in self.refused if row.name]

    @property
    def hidden(self) -> int:
        """How much stayed that the actor may not see."""
        return len(self.refused) - len(self.named)


@transaction.atomic
def deactivate_user(*, actor: Actor, user_id: int, successor_id: int | None = None) -> Left:
    """Give all a person owns to a successor (deals, customers, tasks, pools, departments led), then stop them.

    Each thing goes through its own action; one that is refused stays, and then the person stays active too.
    Raises NotAllowed, NotFound, SuccessorMissing when something is owned, UnknownPerson, or LastManager.
    """
    accounts.require(actor, PEOPLE_MANAGE)
    leaving = people.user(user_id)
    things = list(_things(leaving))
    if things and (successor_id is None or successor_id == user_id):
        raise SuccessorMissing(name=leaving.name, count=len(things), field="successor")
    successor = people.person(successor_id) if things and successor_id is not None else None
    rows = [_handed(kind, row, actor, leaving, successor) for kind, row in things if successor is not None]
    left = Left(leaving, _without_hidden_names(actor, rows))
    if left.refused:
        return left
    return Left(change_user(actor=actor, user_id=user_id, is_active=False), rows)


def _things(leaving: User) -> Iterator[tuple[str, Any]]:
    for kind, rows in {**crm.owned_by(leaving.pk), "task": queries.open_tasks_owned_by(leaving.pk)}.items():
        yield from ((kind, row) for row in rows)
    yield from (("unit", unit) for unit in leaving.leads.order_by("path"))


def _handed(kind: str, row: Any, actor: Actor, leaving: User, successor: User) -> HandedOver:
    name = row.title if kind == "task" else row.name
    try:
        with transaction.atomic():
            HAND_OVERS[kind](row, actor, leaving.pk, successor.pk)
    except Refusal as refusal:
        return HandedOver(kind, row.pk, name, str(refusal))
    return HandedOver(kind, row.pk, name)


def _without_hidden_names(actor: Actor, rows: list[HandedOver]) -> list[HandedOver]:
    """The same, without the names of what stayed and the actor may not see."""
    seen = {kind: _seen(actor, kind, [row.id for row in rows if row.problem and row.kind == kind]) for kind in SEEN}
    return [
        replace(row, name="") if row.problem and row.id not in seen.get(row.kind, {row.id}) else row for row in rows
    ]


def _seen(actor: Actor, kind: str, ids: list[int]) -> set[int]:
    return set(SEEN[kind](actor).filter(pk__in=ids).order_by().values_list("pk", flat=True)) if ids else set()


SEEN: dict[str, Callable[[Actor], Any]] = {
    "deal": crm.deals,
    "customer": crm.customers,
    "task": queries.tasks,
    "pool": crm.pools,
}
HAND_OVERS: dict[str, Callable[[Any, Actor, int, int], Any]] = {
    "deal": lambda row, actor, _leaving, to: transfer_deal(actor=actor, deal_id=row.pk, owner_id=to),
    "customer": lambda row, actor, _leaving, to: transfer_customer(actor=actor, customer_id=row.pk, owner_id=to),
    "task": lambda row, actor, _leaving, to: change_task(actor=actor, task_id=row.pk, owner_id=to),
    "pool": lambda row, actor, leaving, to: replace_pool_admin(
        actor=actor, pool_id=row.pk, leaving_id=leaving, successor_id=to
    ),
    "unit": lambda row, actor, _leaving, to: change_unit(actor=actor, unit_id=row.pk, leader_id=to),
}
