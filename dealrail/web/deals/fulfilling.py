"""Doing what a gate's form was filled with: each thing by its own action, the fields together with the move."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.http import HttpRequest

from dealrail.accounts.actor import Actor
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.sop import complete_action
from dealrail.core.errors import Refusal
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers, deals
from dealrail.process.errors import StaleVersion
from dealrail.web.deals import reading
from dealrail.web.deals.gates import Group, Row, gate_form
from dealrail.web.inputs import whole

ONLY_SAVE = "stay"
FOLLOW_UPS_FIRST = {"follow_up": 0}  # an action may need one as its evidence


@dataclass
class Outcome:
    """What became of a filled form: the move's result, or the refusals by the part of the form they are about."""

    moved: Any = None
    refusal: Refusal | None = None
    refused: dict[str, Refusal] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """A gate's form as it was sent, for one deal."""

    actor: Actor
    deal: Any
    to: str | None
    request: HttpRequest

    def fields(self, rows: list[Row]) -> dict[str, str]:
        """The deal's fields that were filled in."""
        typed = self.request.POST
        return {row.demand.item: typed[row.key] for row in rows if row.how == "field" and typed.get(row.key)}

    def part(self, group: Group) -> dict[str, Any]:
        """What was typed into a part of the form, by the names that its action knows."""
        cut = len(group.key) + 1
        return {row.name[cut:]: self.request.POST.get(row.name, "") for row in group.inputs}


def fulfil(sent: Sent) -> Outcome:
    """Carry out all that was filled in, then save the fields and move on; only save them with `then=stay`.

    Refuses with StaleVersion before anything is done; other refusals stand in the outcome.
    """
    seen = whole(sent.request.POST.get("seen"))
    if seen is not None and seen != sent.deal.run.revision:
        raise StaleVersion(seen=seen, current=sent.deal.run.revision)
    outcome = Outcome()
    rows = gate_form(sent.actor, sent.deal, sent.to).unmet
    fields = sent.fields(rows)
    if sent.deal.customer_id is None and "customer" in fields:
        # contacts are added to a customer, so this can't wait for the move
        seen = _choose_customer(outcome, sent, fields.pop("customer"))
    for act, key in _steps(sent, rows):
        if "field.customer" not in outcome.refused:
            _attempt(outcome, key, act)
    if not outcome.refused:
        _attempt(outcome, "", partial(_finish, outcome, sent, fields, seen))
    return outcome


def _attempt(outcome: Outcome, key: str, act: Callable[[], Any]) -> None:
    try:
        act()
    except Refusal as refusal:
        outcome.refusal = refusal
        outcome.refused[key or f"field.{refusal.params.get('field', '')}"] = refusal


def _choose_customer(outcome: Outcome, sent: Sent, customer: str) -> int:
    change = partial(deals.change_deal, actor=sent.actor, deal_id=sent.deal.pk, fields={"customer": customer})
    _attempt(outcome, "field.customer", change)
    revision: int = crm.deal(sent.actor, sent.deal.pk).run.revision
    return revision


def _steps(sent: Sent, rows: list[Row]) -> list[tuple[Callable[[], Any], str]]:
    ordered = sorted(rows, key=lambda row: FOLLOW_UPS_FIRST.get(row.how, 1))
    return [
        (partial(DOING[row.how], sent, row, group), group.key)
        for row in ordered
        if row.how in DOING
        for group in row.groups
        if _is_filled(sent.request, group)
    ]


def _is_filled(request: HttpRequest, group: Group) -> bool:
    """Whether something was typed or chosen that only a person can have meant."""
    telling = [row.name for row in group.inputs if row.kind != "select"]
    return any(request.POST.get(name, "").strip() or name in request.FILES for name in telling)


def _finish(outcome: Outcome, sent: Sent, fields: dict[str, str], seen: int | None) -> None:
    about: dict[str, Any] = {"actor": sent.actor, "deal_id": sent.deal.pk, "fields": fields, "seen_version": seen}
    if sent.request.POST.get("then") == ONLY_SAVE:
        outcome.moved = deals.change_deal(**about)
    else:
        outcome.moved = deals.advance_deal(**about, to=sent.to)


def _follow_up(sent: Sent, row: Row, group: Group) -> None:
    record_activity(actor=sent.actor, deal_id=sent.deal.pk, **reading.follow_up(sent.part(group)))


def _action(sent: Sent, row: Row, group: Group) -> None:
    complete_action(
        actor=sent.actor,
        deal_id=sent.deal.pk,
        action=row.demand.item,
        note=sent.request.POST.get(f"{group.key}.note", ""),
        file=sent.request.FILES.get(f"{group.key}.file"),
    )


def _contact(sent: Sent, row: Row, group: Group) -> None:
    customer_id = crm.deal(sent.actor, sent.deal.pk).customer_id
    if customer_id is not None:
        customers.create_contact(actor=sent.actor, customer_id=customer_id, fields=sent.part(group))


DOING: dict[str, Callable[[Sent, Row, Group], None]] = {
    "follow_up": _follow_up,
    "action": _action,
    "contact": _contact,
}
