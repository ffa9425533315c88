"""Deals, gates and approvals as JSON."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dealrail.accounts.actor import Actor
from dealrail.api.problems import lacking
from dealrail.api.shapes.parts import AddedOut, Money, Named, Ref, added_out, named, ref, refs
from dealrail.core.reading import reading
from dealrail.crm import queries as crm
from dealrail.crm.rules import is_custom
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.engine import Gate
from dealrail.process.rules import Outcome, ProcessSpec, State


class DealOut(BaseModel):
    """A deal; `version` counts its changes and is what `seen_version` takes."""

    id: int
    name: str
    code: str
    process: str
    stage: Named
    state: State
    owner: Ref | None
    pool: Ref | None
    customer: Ref | None
    product: Ref | None
    region: Ref | None
    source: Ref | None
    amount: Money | None
    expected_close: date | None
    version: int
    created_at: datetime
    started_at: datetime
    stage_entered_at: datetime
    closed_at: datetime | None
    finished_at: datetime | None
    loss_reason: Named | None
    last_follow_up_at: datetime | None
    next_step_at: datetime | None
    debts: int
    fields: dict[str, Any]
    custom: AddedOut


class Lacking(BaseModel):
    """One thing a gate asks for, with what belongs to it: the field, the action, how many."""

    model_config = ConfigDict(extra="allow")

    code: str
    condition: str
    kind: str
    message: str


class GateOut(BaseModel):
    """The verdict on a move: all that is unmet, the approvals among it also apart."""

    to: str
    to_name: str
    outcome: Outcome
    unmet: list[Lacking]
    approvals: list[Lacking]


class Value(BaseModel):
    """A field with its name and what it holds, as text."""

    key: str
    name: str
    value: str


class ApprovalPartOut(BaseModel):
    """What somebody has to do with an approval. One yes of each `seat` is needed; 0 is for who is only told."""

    person: Ref
    part: Literal["waiting", "later", "agreed", "spared", "delegated", "told"]
    seat: int
    answered_at: datetime | None
    note: str


class ApprovalOut(BaseModel):
    """An approval somebody was asked for; `about` holds the values it is asked for, and no others are agreed to.

    `approvers` may answer now; `people` are all who have a part in it.
    """

    id: int
    condition: Named
    to: Named
    deal: Ref
    about: list[Value]
    asked_by: Ref | None
    asked_at: datetime
    approvers: list[Ref]
    people: list[ApprovalPartOut]


class WaitingOut(BaseModel):
    """A move that waits for approvals; nothing else is missing."""

    deal: DealOut
    to: str
    approvals: list[ApprovalOut]


def deal_out(actor: Actor, deal_id: int) -> DealOut:
    """A deal as it stands now, for who has seen or just changed it."""
    return deals_out(actor, [crm.deal_with_parts(deal_id)])[0]


def changed_deal_out(actor: Actor, deal: Any) -> DealOut:
    """A deal as the action that changed it left it, without reading it again."""
    return _deal(deal, deal.debts, added_out(actor, "deal", [deal])[deal.pk])


def deals_out(actor: Actor, rows: Iterable[Any]) -> list[DealOut]:
    """Deals as they stand; the debts of all of them are counted at once."""
    deals = list(rows)
    debts = processes.debt_counts([deal.run_id for deal in deals])
    added = added_out(actor, "deal", deals)
    return [_deal(deal, debts.get(deal.run_id, 0), added[deal.pk]) for deal in deals]


def _deal(deal: Any, debts: int, added: AddedOut) -> DealOut:
    run, (spec, stage) = deal.run, engine.spec_and_stage(deal.run)
    return DealOut(
        id=deal.pk,
        name=deal.name,
        code=deal.code,
        process=spec.key,
        stage=Named(key=stage.key, name=stage.name),
        state=State(run.state),
        **named(deal, "owner", "pool", "customer", "product", "region", "source"),
        amount=deal.amount,
        expected_close=deal.expected_close,
        version=run.revision,
        created_at=deal.created_at,
        started_at=run.started_at,
        stage_entered_at=run.stage_entered_at,
        closed_at=run.closed_at,
        finished_at=run.finished_at,
        loss_reason=_loss_reason(deal, spec),
        last_follow_up_at=deal.last_follow_up_at,
        next_step_at=deal.next_step_at,
        debts=debts,
        fields=deal.extra,
        custom=added,
    )


def _loss_reason(deal: Any, spec: ProcessSpec) -> Named | None:
    if not deal.loss_reason:
        return None
    return Named(key=deal.loss_reason, name=spec.loss_reasons.get(deal.loss_reason, deal.loss_reason))


def gate_out(gate: Gate) -> GateOut:
    """The verdict on a move."""
    unmet, approvals = ([Lacking(**row) for row in lacking(rows)] for rows in (gate.unmet, gate.approvals))
    return GateOut(
        to=gate.to, to_name=gate.to_name, outcome=gate.outcome, unmet=[*unmet, *approvals], approvals=approvals
    )


def waiting_out(actor: Actor, deal_id: int, to: str, requests: Iterable[Any]) -> WaitingOut:
    """A move that waits, with what it waits for."""
    deal = crm.deal_with_parts(deal_id)
    with reading():
        rows = _approvals(actor, [(request, deal) for request in requests])
    return WaitingOut(deal=deals_out(actor, [deal])[0], to=to, approvals=rows)


def approvals_out(actor: Actor, rows: Iterable[Any]) -> list[ApprovalOut]:
    """Approvals that wait for the reader."""
    with reading():
        return _approvals(actor, [(request, request.run.deal) for request in rows])


def _approvals(actor: Actor, asked: list[tuple[Any, Any]]) -> list[ApprovalOut]:
    seen = [crm.told_about(actor, row.about, pooled=deal.pool_id is not None) for row, deal in asked]
    told = crm.told_in_words("deal", seen, actor)
    return [_approval(row, deal, about) for (row, deal), about in zip(asked, told, strict=True)]


def _approval(request: Any, deal: Any, about: Mapping[str, str | None]) -> ApprovalOut:
    spec = processes.spec_of(request.run.version_id)
    return ApprovalOut(
        id=request.pk,
        condition=Named(key=request.condition, name=_condition_name(spec, request.condition)),
        to=Named(key=request.to, name=processes.stage_name(spec, request.to)),
        deal=Ref(id=deal.pk, name=deal.name),
        about=_about(about, spec),
        asked_by=ref(request.asked_by),
        asked_at=request.asked_at,
        approvers=refs(request.waits_for),
        people=[_part(row) for row in request.parts.all()],
    )


def _part(row: Any) -> ApprovalPartOut:
    person = Ref(id=row.user_id, name=row.user.name)
    return ApprovalPartOut(person=person, part=row.part, seat=row.seat, answered_at=row.answered_at, note=row.note)


def approval_out(actor: Actor, request: Any) -> ApprovalOut:
    """One approval, for who has just changed who is asked."""
    [shown] = _approvals(actor, [(request, crm.deal_with_parts(request.run.deal.pk))])
    return shown


def _about(about: Mapping[str, str | None], spec: ProcessSpec) -> list[Value]:
    added = crm.fields_ever("deal") if any(map(is_custom, about)) else {}
    labels = {**crm.deal_labels(spec), **{key: field.name for key, field in added.items()}}
    # PostgreSQL keeps the keys of a mapping in an order of its own.
    return [
        Value(key=key, name=str(labels.get(key, key)), value=value) for key, value in sorted(about.items()) if value
    ]


def _condition_name(spec: ProcessSpec, key: str) -> str:
    names = [row.name for stage in spec.stages for row in stage.conditions if row.key == key and row.name]
    return names[0] if names else key
