"""Bringing deals of the past in as they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db import transaction

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.core.errors import Refusal
from dealrail.crm import indexing, ownership, permissions, policy
from dealrail.crm.engine import AddedFields, put_on_deal
from dealrail.crm.errors import DuplicateCode
from dealrail.crm.facts import DealHistory, DealPlaced
from dealrail.crm.models import Deal
from dealrail.crm.rules import LOSS_REASON_OWED
from dealrail.events.engine import record_many
from dealrail.events.facts import Fact
from dealrail.process import history
from dealrail.process import queries as processes
from dealrail.process.history import Placed, Placement
from dealrail.process.models import DefinitionVersion
from dealrail.process.rules import Demand, State

OwnerOf = Callable[[int | None], User | None]


@dataclass(frozen=True)
class PastDeal:
    """One deal as a sheet tells it."""

    fields: Mapping[str, Any]
    placement: Placement
    owner_id: int | None = None
    code: str = ""
    loss_reason: str = ""


@dataclass
class _Draft:
    deal: Deal
    placed: Placed
    owed: list[tuple[str, Demand]] = field(default_factory=list)


@transaction.atomic
def place_deals(*, actor: Actor, process: str, deals: Sequence[PastDeal]) -> list[Deal | Refusal]:
    """Bring deals in where they stand, with the sheet's dates; what the SOP would have demanded becomes their debts.

    A deal that can't be placed is answered with its Refusal, in its place of the list, and nothing of it is written.
    Raises NotAllowed or NoSuchProcess for all of them.
    """
    accounts.require(actor, permissions.IMPORTS_HISTORY)
    version = processes.current_version(process)
    now = clock.now()
    wanted = {code for deal in deals if (code := ownership.deal_code(deal.code))}
    take_turns("deal", wanted)
    codes = set(Deal.objects.filter(policy.LIVING, code__in=wanted).values_list("code", flat=True))
    owner_of = cache(partial(ownership.deal_owner, actor))
    added = AddedFields(actor, "deal")
    answers = [_draft(actor, version, deal, now, codes, owner_of, added) for deal in deals]
    answers = _alone(answers, added)
    drafts = [answer for answer in answers if isinstance(answer, _Draft)]
    _save(drafts)
    added.keep([draft.deal for draft in drafts])
    record_many([fact for draft in drafts for fact in _facts(draft)], actor=actor)
    return [answer.deal if isinstance(answer, _Draft) else answer for answer in answers]


def _alone(answers: Sequence[_Draft | Refusal], added: AddedFields) -> list[_Draft | Refusal]:
    """The same, with a refusal for what holds what another one holds already, where only one may."""
    drafts = [answer for answer in answers if isinstance(answer, _Draft)]
    taken = iter(added.taken([draft.deal for draft in drafts]))
    return [(next(taken) or answer) if isinstance(answer, _Draft) else answer for answer in answers]


def _draft(
    actor: Actor,
    version: DefinitionVersion,
    past: PastDeal,
    now: datetime,
    codes: set[str],
    owner_of: OwnerOf,
    added: AddedFields,
) -> _Draft | Refusal:
    spec, code = processes.spec_of(version.pk), ownership.deal_code(past.code)
    try:
        if code in codes:
            raise DuplicateCode(value=code)
        deal = Deal(owner=owner_of(past.owner_id), code=code, created_by_id=actor.user_id or None)
        deal.custom = added.unasked
        put_on_deal(deal, {"name": "", **past.fields}, spec=spec, actor=actor, added=added)
        if past.loss_reason and past.placement.state is State.LOST:
            deal.loss_reason, _name = processes.loss_reason(spec, past.loss_reason)
        placed = history.plan(version, past.placement, by=actor, now=now)
    except Refusal as refusal:
        return refusal
    codes.update({deal.code} - {""})
    deal.follow(placed.run)
    deal.created_at = placed.run.started_at
    deal.won_by = deal.owner if placed.run.state == State.WON else None
    return _Draft(deal=deal, placed=placed, owed=_owed_reason(deal, past))


def _owed_reason(deal: Deal, past: PastDeal) -> list[tuple[str, Demand]]:
    if past.placement.state is not State.LOST or deal.loss_reason:
        return []
    demand = Demand(condition=LOSS_REASON_OWED, kind="", code="loss_reason_missing", sentence="")
    return [(past.placement.stage, demand)]


def _save(drafts: Sequence[_Draft]) -> None:
    history.save_runs([draft.placed for draft in drafts])
    Deal.objects.bulk_create([draft.deal for draft in drafts])
    indexing.index_deals([draft.deal for draft in drafts])
    for draft, owed in zip(drafts, history.owed([(draft.placed, draft.deal) for draft in drafts]), strict=True):
        draft.owed[:0] = owed
    history.save_debts([(draft.deal.run, stage, demand) for draft in drafts for stage, demand in draft.owed])


def _facts(draft: _Draft) -> list[tuple[Fact, datetime | None]]:
    deal = draft.deal
    about: dict[str, Any] = {"deal_id": deal.pk, "deal_name": deal.name, "owner_id": deal.owner_id}
    amount = ownership.amount_text(deal)
    told = DealHistory(
        customer_id=deal.customer_id,
        amount=amount,
        stage=processes.stage_spec(deal.run.version_id, deal.run.stage_id).key,
        **about,
    )
    placements = [
        (DealPlaced(stage=stage, state=state, debts=len(draft.owed), amount=amount, **about), when)
        for stage, state, when in draft.placed.dated
    ]
    return [(told, deal.created_at), *placements]
