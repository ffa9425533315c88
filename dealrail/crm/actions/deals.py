"""Creating, changing and moving deals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.rules import UNSET, Unset
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.crm import approving, indexing, migrating, ownership, permissions, policy, queries
from dealrail.crm.engine import LAST_DAY, AddedFields, put_on_deal
from dealrail.crm.errors import FieldRefused, ProductOffTheList
from dealrail.crm.facts import (
    DealChanged,
    DealLost,
    DealParked,
    DealReopened,
    DealStageChanged,
    HandOverSeen,
)
from dealrail.crm.models import Deal
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import policy as lines
from dealrail.process import queries as processes
from dealrail.process.engine import Gate
from dealrail.process.errors import GateBlocked
from dealrail.process.models import ApprovalRequest
from dealrail.process.rules import Outcome, State


@dataclass(frozen=True)
class Moved:
    """The deal stands in another stage, or its process is finished."""

    deal: Deal
    to: str


@dataclass(frozen=True)
class AwaitingApproval:
    """All else is done; the move waits for these approvals. `new`: somebody was just asked."""

    deal: Deal
    to: str
    requests: list[ApprovalRequest]
    new: bool


@transaction.atomic
def create_deal(
    *,
    actor: Actor,
    process: str,
    fields: Mapping[str, Any],
    owner_id: int | None = None,
    code: str = "",
    now: datetime | None = None,
) -> Deal:
    """Start a deal in the first stage of the version in force, owned by the actor or whom they name.

    A process of a business line is for its people. Raises NotAllowed, NoSuchProcess, NotYourProcess, LineRetired,
    UnknownPerson, FieldRefused, UnknownField or DuplicateCode.
    """
    accounts.require(actor, permissions.DEALS_CREATE)
    version = processes.current_version(process)
    lines.require_may_start(actor, version.definition)
    now = now or clock.now()
    deal = ownership.new_deal(actor=actor, owner_id=owner_id, code=code, now=now)
    added = AddedFields(actor, "deal")
    deal.custom = added.unasked
    wanted = {"name": "", **added.begun(fields)}
    put_on_deal(deal, wanted, spec=processes.spec_of(version.pk), actor=actor, added=added)
    _refuse_off_the_list(deal, None)
    added.refuse_taken(deal, added.labels)
    deal.follow(engine.start(version, by=actor, now=now))
    deal.save()
    added.keep([deal])
    indexing.index_deals([deal])
    record(ownership.created_fact(deal), actor=actor)
    return deal


@transaction.atomic
def change_deal(*, actor: Actor, deal_id: int, fields: Mapping[str, Any], seen_version: int | None = None) -> Deal:
    """Change fields of a deal; what is not given stays. Approvals about what is changed must be asked for anew.

    Raises NotFound, NotAllowed, StaleVersion, FieldRefused or UnknownField.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_change(actor, deal)
    engine.refuse_stale(deal.run, seen_version)
    _change(deal, fields, actor)
    return deal


def _change(deal: Deal, fields: Mapping[str, Any], actor: Actor) -> None:
    before = deal.product_id
    added = AddedFields(actor, "deal")
    changed = put_on_deal(deal, fields, spec=processes.spec_of(deal.run.version_id), actor=actor, added=added)
    if not changed:
        return
    _refuse_off_the_list(deal, before)
    added.refuse_taken(deal, changed)
    deal.save()
    added.keep([deal], changed)
    if indexing.INDEXED & set(changed):
        indexing.index_deals([deal])
    engine.touch(deal.run)
    record(
        DealChanged(deal_id=deal.pk, deal_name=deal.name, owner_id=deal.owner_id, changes=changed),
        actor=actor,
    )
    approving.withdraw_outdated(deal, changed, actor=actor)


def _refuse_off_the_list(deal: Deal, before: int | None) -> None:
    """What is no longer sold can't be chosen any more; a deal that has it keeps it."""
    if deal.product and not deal.product.is_active and deal.product_id != before:
        problem = ProductOffTheList(product=deal.product.name)
        raise FieldRefused(field="product", label=queries.LABELS["product"], problem=problem)


@transaction.atomic
def advance_deal(
    *,
    actor: Actor,
    deal_id: int,
    to: str | None = None,
    fields: Mapping[str, Any] | None = None,
    next_owner: int | Unset | None = UNSET,
    note: str = "",
    seen_version: int | None = None,
) -> Moved | AwaitingApproval:
    """Move a deal to another stage (the next one, unless told), or ask for approval where the move needs one.

    `fields` are filled in first, in the same transaction. `next_owner` takes the deal over as it arrives, after an
    approval too, and finds the `note`; with None it stays with its owner, whoever was chosen before. Of a move back the
    `note` says why. Raises NotFound,
    NotAllowed, StaleVersion, UnknownPerson, NoSuchMove, NotOpen, AlreadyFinished, FieldRefused, GateBlocked,
    NextOwnerNeeded or NobodyToApprove; nothing is written then.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_advance(actor, deal)
    if isinstance(next_owner, int):
        policy.require_can_transfer(actor, deal)
        next_owner = people.person(next_owner).pk
    engine.refuse_stale(deal.run, seen_version)
    if fields:
        policy.require_can_change(actor, deal)
        _change(deal, fields, actor)
    gate = engine.gate(deal.run, to=to, subject=deal)
    if gate.outcome is Outcome.BLOCKED:
        raise GateBlocked(to=gate.to, to_name=gate.to_name, demands=gate.unmet, approvals=gate.approvals)
    ownership.choose_next_owner(deal, gate, next_owner, note=note)
    if gate.outcome is Outcome.NEEDS_APPROVAL:
        requests, new = approving.ask(deal, gate, actor=actor)
        return AwaitingApproval(deal=deal, to=gate.to, requests=requests, new=new)
    return _move_on(actor, deal, gate, note="" if gate.forward else note)


def _move_on(actor: Actor, deal: Deal, gate: Gate, *, note: str = "") -> Moved:
    spec, stage = engine.spec_and_stage(deal.run)
    version = processes.number_of(deal.run.version_id)
    was_won = deal.run.state == State.WON
    left = engine.go(deal.run, gate, by=actor, now=clock.now())
    is_won = deal.run.state == State.WON
    if is_won != was_won:
        deal.won_by_id = deal.owner_id if is_won else None
        deal.save(update_fields=["won_by"])
    fact = DealStageChanged(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        from_stage=stage.key,
        to_stage=gate.to,
        how=left.stay.exit,
        amount=ownership.amount_text(deal),
        won=is_won and not was_won,
        waived=sorted({demand.condition for demand in gate.demands if demand.waived}),
        note=tidy(note)[:500],
        version=version,
    )
    record(fact, actor=actor)
    approving.record_ended(deal, left, spec, stage, how="left", actor=actor)
    ownership.hand_over(deal, gate, actor=actor)
    return Moved(deal=deal, to=migrating.migrate_after_move(deal, gate.to, actor=actor))


@transaction.atomic
def lose_deal(*, actor: Actor, deal_id: int, reason: str, note: str = "", seen_version: int | None = None) -> Deal:
    """Close a deal as lost, for one of its process's reasons.

    Raises NotFound, NotAllowed, StaleVersion, LossReasonMissing, UnknownLossReason, NotOpen or AlreadyFinished.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_lose(actor, deal)
    engine.refuse_stale(deal.run, seen_version)
    spec, stage = engine.spec_and_stage(deal.run)
    deal.loss_reason, reason_name = processes.loss_reason(spec, reason)
    deal.loss_note = tidy(note)[:500]
    left = engine.lose(deal.run, by=actor, now=clock.now())
    ownership.forget_next_owner(deal)
    deal.save(update_fields=["loss_reason", "loss_note"])
    fact = DealLost(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        stage=stage.key,
        reason=deal.loss_reason,
        reason_name=reason_name,
        note=deal.loss_note,
        amount=ownership.amount_text(deal),
    )
    record(fact, actor=actor)
    approving.record_ended(deal, left, spec, stage, how="left", actor=actor)
    return deal


@transaction.atomic
def park_deal(
    *, actor: Actor, deal_id: int, note: str = "", again_on: date | None = None, seen_version: int | None = None
) -> Deal:
    """Set a deal aside where it stands, and have its owner look at it again on this day.

    Raises NotFound, NotAllowed, StaleVersion, FieldRefused for a day that is over, NotOpen or AlreadyFinished.
    """
    deal = _locked(actor, deal_id, seen_version)
    if again_on is not None and not timezone.localdate(clock.now()) < again_on <= LAST_DAY:
        label = _("Look at it again on")
        raise FieldRefused(field="again_on", label=label, problem=_("Choose a day that lies ahead."))
    spec, stage = engine.spec_and_stage(deal.run)
    left = engine.park(deal.run, by=actor, now=clock.now())
    ownership.forget_next_owner(deal)
    fact = DealParked(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        stage=stage.key,
        note=tidy(note)[:500],
        again_on=again_on.isoformat() if again_on else None,
    )
    record(fact, actor=actor)
    approving.record_ended(deal, left, spec, stage, how="left", actor=actor)
    return deal


@transaction.atomic
def reopen_deal(*, actor: Actor, deal_id: int, seen_version: int | None = None) -> Deal:
    """Take up a lost or parked deal again in the stage it was left in.

    Raises NotFound, NotAllowed, StaleVersion, NotClosed, or CustomerIsDeleted.
    """
    deal = _locked(actor, deal_id, seen_version)
    ownership.refuse_deleted_customer(deal.customer)
    was = deal.run.state
    engine.reopen(deal.run, by=actor, now=clock.now())
    deal.loss_reason = deal.loss_note = ""
    deal.save(update_fields=["loss_reason", "loss_note"])
    _spec, stage = engine.spec_and_stage(deal.run)
    fact = DealReopened(deal_id=deal.pk, deal_name=deal.name, owner_id=deal.owner_id, stage=stage.key, was=was)
    record(fact, actor=actor)
    return deal


def _locked(actor: Actor, deal_id: int, seen_version: int | None) -> Deal:
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_advance(actor, deal)
    engine.refuse_stale(deal.run, seen_version)
    return deal


@transaction.atomic
def transfer_deal(
    *,
    actor: Actor,
    deal_id: int,
    owner_id: int,
    note: str = "",
    seen_version: int | None = None,
    is_undo: bool = False,
) -> Deal:
    """Hand a deal to another active person; out of a pool, if it lay in one.

    The new owner finds a card with the note, unless this takes a hand-over back (`is_undo`): then none is left.
    Raises NotFound, NotAllowed, StaleVersion or UnknownPerson.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_transfer(actor, deal)
    engine.refuse_stale(deal.run, seen_version)
    before_id, owner = deal.owner_id, people.person(owner_id)
    ownership.change_deal_owner(deal, owner.pk, how="transferred", note=note, actor=actor)
    if is_undo:
        ownership.drop_cards(deal)
    elif owner.pk not in {before_id, actor.user_id}:
        ownership.leave_card(deal, owner.pk, note=note, before_id=before_id)
    return deal


@transaction.atomic
def acknowledge_hand_over(*, actor: Actor, deal_id: int) -> Deal:
    """Say that one has read what one was told on taking a deal over.

    Raises NotFound, also when nothing was handed over to the actor.
    """
    deal = queries.deal_for_change(actor, deal_id)
    card = queries.hand_over_to_see(actor, deal)
    if card is None:
        raise NotFound()
    card.seen_at = clock.now()
    card.save(update_fields=["seen_at"])
    fact = HandOverSeen(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        hand_over_id=card.pk,
        from_owner_id=card.from_user_id,
    )
    record(fact, actor=actor)
    return deal


@transaction.atomic
def decide_approval(
    *, actor: Actor, deal_id: int, request_id: int, granted: bool, note: str = ""
) -> Moved | AwaitingApproval | Deal:
    """Grant or refuse what one was asked; with the last approval granted, the deal moves on by itself.

    Where several must agree, the first refusal is the answer. A refusal needs a note. The deal stays where it is as
    long as something else is lacking by then, its next owner included; what was granted stays good.
    Raises NotFound, NoSuchApproval or ReasonMissing.
    """
    deal = queries.deal_for_change(actor, deal_id)
    note = tidy(note)[:500] if granted else engine.checked_reason(note)
    answer = engine.decide(deal.run, request_id, granted=granted, by=actor, note=note)
    approving.record_answer(deal, answer, granted=granted, note=note, actor=actor)
    if granted:
        return _move_if_open(actor, deal, answer.request.to)
    ownership.forget_next_owner(deal)
    return deal


def _move_if_open(actor: Actor, deal: Deal, to: str) -> Moved | AwaitingApproval | Deal:
    gate = engine.gate(deal.run, to=to, subject=deal)
    if gate.outcome is Outcome.OPEN and not ownership.lacks_next_owner(deal, gate):
        return _move_on(actor, deal, gate)
    if gate.outcome is Outcome.NEEDS_APPROVAL:
        waiting = list(processes.pending_approvals([deal.run_id]))
        return AwaitingApproval(deal=deal, to=to, requests=waiting, new=False)
    return deal
