"""Doing what a gate's form was filled with: all that fits is saved, each thing by its own action, then the move."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.attachments import attach_file
from dealrail.activities.actions.sop import complete_action
from dealrail.core.errors import Refusal
from dealrail.core.problems import problems_of
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers, deals
from dealrail.crm.errors import FieldRefused
from dealrail.process.errors import StaleVersion
from dealrail.web.deals import reading
from dealrail.web.deals.gates import Group, Row, gate_form
from dealrail.web.deals.inputs import with_new_customer
from dealrail.web.inputs import texts, whole

ONLY_SAVE = "stay"
CUSTOMER = "field.customer"
FOLLOW_UPS_FIRST = {"follow_up": 0}  # an action may need one as its evidence


class CustomerFirst(Refusal):
    code = "customer_first"
    sentence = _("Choose the customer first; contacts are kept there.")


@dataclass
class Outcome:
    """What became of a filled form: the move's result, or the refusals by the part of the form they are about.

    `done` are the parts that were carried out; `seen` is the version of the deal that the rest is meant for.
    """

    moved: Any = None
    seen: int | None = None
    refusal: Refusal | None = None
    refused: dict[str, Refusal] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Sent:
    """A gate's form as it was sent, for one deal."""

    actor: Actor
    deal: Any
    to: str | None
    request: HttpRequest

    @property
    def typed(self) -> dict[str, Any]:
        """All that was typed, ticked, chosen or uploaded."""
        return {**texts(self.request.POST), **dict.fromkeys(self.request.FILES, "a file")}

    def fields(self, rows: list[Row]) -> dict[str, Any]:
        """The deal's fields that were filled in, files as they were sent."""
        typed = {**self.typed, **self.request.FILES.dict()}
        return {row.demand.item: typed[row.key] for row in rows if row.how == "field" and typed.get(row.key)}

    def part(self, group: Group) -> dict[str, Any]:
        """What was typed into a part of the form, by the names that its action knows."""
        cut, sent = len(group.key) + 1, texts(self.request.POST)
        return {row.name[cut:]: sent.get(row.name, "") for row in group.inputs}


def fulfil(sent: Sent) -> Outcome:
    """Carry out and save all that was filled in and fits; if all of it did, move on, unless with `then=stay`.

    Refuses with StaleVersion before anything is done; other refusals stand in the outcome, beside what was done.
    """
    outcome = Outcome(seen=whole(sent.request.POST.get("seen")))
    if outcome.seen is not None and outcome.seen != sent.deal.run.revision:
        raise StaleVersion(seen=outcome.seen, current=sent.deal.run.revision)
    rows = gate_form(sent.actor, sent.deal, sent.to, typed=sent.typed).rows
    fields = sent.fields(rows)
    if sent.deal.customer_id is None and "customer" in fields:
        # contacts are added to a customer, so this can't wait for the move
        _attempt(outcome, CUSTOMER, partial(_choose_customer, outcome, sent, fields.pop("customer")))
    for act, key in _steps(sent, rows):
        if CUSTOMER not in outcome.refused:
            _attempt(outcome, key, act)
    _save_fields(outcome, sent, fields)
    if not outcome.refused and sent.request.POST.get("then") != ONLY_SAVE:
        _attempt(outcome, "", partial(_move, outcome, sent))
    return outcome


def _save_fields(outcome: Outcome, sent: Sent, fields: dict[str, Any]) -> None:
    """Save these fields with one change, without those that are refused."""
    left = dict(fields)
    while left:
        try:
            deal = deals.change_deal(actor=sent.actor, deal_id=sent.deal.pk, fields=left, seen_version=outcome.seen)
        except Refusal as refusal:
            outcome.refusal = refusal
            wrong = [row for row in problems_of(refusal) if row["field"] in left]
            if not wrong:
                outcome.refused["field."] = refusal
                return
            for row in wrong:
                outcome.refused[f"field.{row['field']}"] = FieldRefused(**row)
                del left[row["field"]]
        else:
            outcome.seen, outcome.moved = deal.run.revision, deal
            outcome.done |= {f"field.{key}" for key in left}
            return


def _attempt(outcome: Outcome, key: str, act: Callable[[], Any]) -> None:
    try:
        act()
        outcome.done.add(key)
    except Refusal as refusal:
        outcome.refusal = refusal
        outcome.refused[key or f"field.{refusal.params.get('field', '')}"] = refusal


@transaction.atomic
def _choose_customer(outcome: Outcome, sent: Sent, name: str) -> None:
    is_new = bool(sent.request.POST.get(f"{CUSTOMER}.new"))
    fields = with_new_customer(sent.actor, {"customer": name}, is_new=is_new, owner_id=sent.deal.owner_id)
    deal = deals.change_deal(actor=sent.actor, deal_id=sent.deal.pk, fields=fields, seen_version=outcome.seen)
    outcome.seen = deal.run.revision


def _steps(sent: Sent, rows: list[Row]) -> list[tuple[Callable[[], Any], str]]:
    ordered = sorted(rows, key=lambda row: FOLLOW_UPS_FIRST.get(row.how, 1))
    return [
        (partial(DOING[row.how], sent, row, group), group.key)
        for row in ordered
        if row.how in DOING
        for group in row.groups
        if group.is_filled(sent.typed)
    ]


def _move(outcome: Outcome, sent: Sent) -> None:
    about: dict[str, Any] = {"actor": sent.actor, "deal_id": sent.deal.pk}
    if "next_owner" in sent.request.POST:
        note = sent.request.POST.get("hand_over_note", "")
        about |= {"next_owner": whole(sent.request.POST["next_owner"]), "note": note}
    outcome.moved = deals.advance_deal(**about, seen_version=outcome.seen, to=sent.to)


def _follow_up(sent: Sent, row: Row, group: Group) -> None:
    record_activity(actor=sent.actor, deal_id=sent.deal.pk, **reading.follow_up(sent.part(group)))


def _action(sent: Sent, row: Row, group: Group) -> None:
    carry_out(sent.actor, sent.deal.pk, row.demand.item, sent.part(group), sent.request.FILES.get(f"{group.key}.file"))


@transaction.atomic
def carry_out(actor: Actor, deal_id: int, action: str, part: dict[str, Any], file: Any = None) -> None:
    """Do an SOP action with the evidence typed for it; a follow-up written there is recorded with it, or neither is."""
    about: dict[str, Any] = {"actor": actor, "deal_id": deal_id}
    made = record_activity(**about, **reading.follow_up(part)) if reading.is_written(part) else None
    complete_action(**about, action=action, note=part.get("note", ""), file=file, activity_id=made.pk if made else None)


def _contact(sent: Sent, row: Row, group: Group) -> None:
    customer_id = crm.deal(sent.actor, sent.deal.pk).customer_id
    if customer_id is None:
        raise CustomerFirst()
    customers.create_contact(actor=sent.actor, customer_id=customer_id, fields=sent.part(group))


def _customer_field(sent: Sent, row: Row, group: Group) -> None:
    fields = {row.demand.item: sent.request.POST.get(group.key, "")}
    customers.change_customer(actor=sent.actor, customer_id=sent.deal.customer_id or 0, fields=fields)


def _file(sent: Sent, row: Row, group: Group) -> None:
    file: Any = sent.request.FILES[f"{group.key}.file"]
    attach_file(actor=sent.actor, deal_id=sent.deal.pk, file=file)


DOING: dict[str, Callable[[Sent, Row, Group], None]] = {
    "follow_up": _follow_up,
    "action": _action,
    "contact": _contact,
    "customer_field": _customer_field,
    "file": _file,
}
