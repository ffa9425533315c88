"""Excusing deals from conditions, and asking those who may to do so (申请放行)."""

from typing import Any

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.crm import approving, policy, queries
from dealrail.crm.facts import ConditionWaived, WaiverAnswered, WaiverAsked, WaiverWithdrawn
from dealrail.crm.models import Deal
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.models import Waiver, WaiverRequest


@transaction.atomic
def waive_condition(*, actor: Actor, deal_id: int, condition: str, reason: str, reason_key: str = "") -> Deal:
    """Excuse a deal from one condition of its stage, with a reason, on record.

    `reason_key` is one of the waiver reasons of its process, where that has any. Raises NotFound, NotAllowed, NotOpen,
    NoSuchCondition, NotWaivable, NotYoursToWaive, AlreadyWaived, ReasonMissing, WaiverReasonMissing or
    UnknownWaiverReason.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_waive(actor, deal)
    asked = list(processes.pending_waiver_requests([deal.run_id]).filter(condition=condition))
    waiver = engine.waive(deal.run, condition, reason=reason, reason_key=reason_key, by=actor)
    record(_waived(deal, waiver), actor=actor)
    for request in asked:
        record(WaiverAnswered(**_about(deal, request), granted=True, note=waiver.reason), actor=actor)
    return deal


def _waived(deal: Deal, waiver: Waiver, *, asked_by_name: str = "", answer: str = "") -> ConditionWaived:
    spec, stage = engine.spec_and_stage(deal.run)
    return ConditionWaived(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        stage=stage.key,
        condition=waiver.condition,
        reason=waiver.reason,
        asked_by_name=asked_by_name,
        answer=answer,
        reason_key=waiver.reason_key,
        reason_name=spec.waiver_reasons.get(waiver.reason_key, waiver.reason_key),
    )


@transaction.atomic
def ask_waiver(
    *, actor: Actor, deal_id: int, condition: str, reason: str, to: str | None = None, reason_key: str = ""
) -> WaiverRequest:
    """Ask those who may that a deal be excused from one condition of its stage, for a move to this stage or the next.

    Raises NotFound, NotAllowed, NotOpen, NoSuchCondition, NotWaivable, AlreadyWaived, WaiverAskedAlready,
    ReasonMissing, WaiverReasonMissing or UnknownWaiverReason.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_advance(actor, deal)
    to = (to or engine.next_stage(deal.run))[:40]
    request = engine.ask_waiver(deal.run, condition, to=to, reason=reason, reason_key=reason_key, by=actor)
    record(
        WaiverAsked(
            **_about(deal, request), decider_ids=queries.who_may_waive(deal, engine.condition_of(deal.run, condition))
        ),
        actor=actor,
    )
    return request


@transaction.atomic
def answer_waiver(*, actor: Actor, deal_id: int, request_id: int, granted: bool, note: str = "") -> Deal:
    """Waive what was asked for, with the asker's reason, or say no with a note.

    Raises NotFound, NotAllowed, NotOpen, NoSuchWaiverRequest, NotYoursToWaive, AlreadyWaived or ReasonMissing.
    """
    deal = queries.deal_for_change(actor, deal_id)
    policy.require_can_waive(actor, deal)
    if granted:
        request, waiver = engine.grant_waiver(deal.run, request_id, note=note, by=actor)
        asker = request.asked_by.name if request.asked_by else ""
        waived = _waived(deal, waiver, asked_by_name=asker, answer=request.note)
        record(waived, actor=actor)
    else:
        request = engine.refuse_waiver(deal.run, request_id, note=note, by=actor)
    record(WaiverAnswered(**_about(deal, request), granted=granted, note=request.note), actor=actor)
    return deal


@transaction.atomic
def withdraw_waiver(*, actor: Actor, deal_id: int, request_id: int) -> Deal:
    """Take back what one asked to be waived.

    Raises NotFound or NoSuchWaiverRequest.
    """
    deal = queries.deal_for_change(actor, deal_id)
    request = engine.withdraw_waiver(deal.run, request_id, by=actor)
    record(WaiverWithdrawn(**_about(deal, request), how="recalled"), actor=actor)
    return deal


def _about(deal: Deal, request: WaiverRequest) -> dict[str, Any]:
    return approving.about_waiver(deal, request, *engine.spec_and_stage(deal.run))
