"""The gate of a move as a form: a row for each demand, with the inputs that would meet it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.core.errors import Refusal
from dealrail.crm import policy
from dealrail.crm.permissions import DEALS_MOVE
from dealrail.process import engine
from dealrail.process.engine import Gate
from dealrail.process.permissions import PROCESS_WAIVE
from dealrail.process.rules import Demand, ProcessSpec
from dealrail.web.deals.inputs import contact_inputs, field_inputs, follow_up_inputs
from dealrail.web.inputs import Input

MOST_AT_ONCE = 3
HOW = {
    "field_missing": "field",
    "action_not_done": "action",
    "follow_ups_missing": "follow_up",
    "contacts_missing": "contact",
    "approval_needed": "approval",
    "approval_pending": "approval",
}


@dataclass(frozen=True)
class Group:
    """Inputs that are sent together: one field, one action, one of several follow-ups or contacts."""

    key: str
    inputs: list[Input]


@dataclass(frozen=True)
class Row:
    """One demand of a gate. `how` says how it is met; `groups` are the inputs for that."""

    key: str
    how: str
    demand: Demand
    groups: list[Group] = field(default_factory=list)
    how_to: str = ""
    evidence: str = ""
    error: str = ""


@dataclass(frozen=True)
class GateForm:
    """The gate with all that is typed and refused, ready to be shown in a dialog, on a page or in the deal page."""

    deal: Any
    gate: Gate
    unmet: list[Row]
    approvals: list[Demand]
    met: list[Demand]
    refusal: Refusal | None
    may_move: bool
    may_waive: bool


def gate_form(
    actor: Actor,
    deal: Any,
    to: str | None,
    *,
    typed: Mapping[str, Any] | None = None,
    refused: Mapping[str, Refusal] | None = None,
    refusal: Refusal | None = None,
) -> GateForm:
    """Judge the move and prepare its form. Refuses with NoSuchMove, NotOpen or AlreadyFinished."""
    gate = engine.gate(deal.run, to=to, subject=deal)
    spec, _stage = engine.spec_and_stage(deal.run)
    rows = [_row(demand, spec, actor, deal) for demand in gate.unmet]
    return GateForm(
        deal=deal,
        gate=gate,
        unmet=[_with_typed(row, typed or {}, refused or {}) for row in rows],
        approvals=list(gate.approvals),
        met=[demand for demand in gate.demands if demand.met or demand.waived],
        refusal=refusal,
        may_move=policy.may(actor, DEALS_MOVE, deal),
        may_waive=policy.may(actor, PROCESS_WAIVE, deal),
    )


def _row(demand: Demand, spec: ProcessSpec, actor: Actor, deal: Any) -> Row:
    how = HOW.get(demand.code, "other")
    key = f"{how}.{demand.item if how in {'field', 'action'} else demand.condition}"
    if how == "action":
        action = spec.action(demand.item)
        return Row(
            key, how, demand, list(_groups(how, key, demand, spec, actor, deal)),
            how_to=action.how_to if action else "", evidence=demand.params["evidence"],
        )  # fmt: skip
    return Row(key, how, demand, list(_groups(how, key, demand, spec, actor, deal)))


def _groups(how: str, key: str, demand: Demand, spec: ProcessSpec, actor: Actor, deal: Any) -> Iterator[Group]:
    if how == "field":
        yield Group(key, _named(key, [*field_inputs([demand.item], spec, actor, deal)], only=True))
    elif how == "action":
        yield Group(key, _named(key, _evidence(demand)))
    elif how == "follow_up":
        for number in range(_left(demand, "made")):
            yield Group(f"{key}.{number}", _named(f"{key}.{number}", follow_up_inputs(demand.params["of"])))
    elif how == "contact":
        for number in range(_left(demand, "known")):
            yield Group(f"{key}.{number}", _named(f"{key}.{number}", contact_inputs(demand.params["role"])))


def _left(demand: Demand, have: str) -> int:
    missing: int = demand.params["at_least"] - demand.params[have]
    return min(missing, MOST_AT_ONCE)


def _named(key: str, inputs: Iterable[Input], *, only: bool = False) -> list[Input]:
    """The inputs under names of their own in the whole form; none is required by the browser."""
    return [replace(row, name=key if only else f"{key}.{row.name}", required=False) for row in inputs]


def _evidence(demand: Demand) -> list[Input]:
    evidence = demand.params["evidence"]
    if evidence == "note":
        return [Input("note", _("What was done"), kind="textarea")]
    if evidence == "file":
        return [Input("file", _("File"), kind="file")]
    return [Input("done", _("Done"), kind="checkbox")]


def _with_typed(row: Row, typed: Mapping[str, Any], refused: Mapping[str, Refusal]) -> Row:
    groups = [
        Group(group.key, [_filled(one, group.key, typed, refused) for one in group.inputs]) for group in row.groups
    ]
    errors = [str(refused[group.key]) for group in groups if group.key in refused]
    at_a_field = any(one.error for group in groups for one in group.inputs)
    return replace(row, groups=groups, error="" if at_a_field else " ".join(errors))


def _filled(one: Input, key: str, typed: Mapping[str, Any], refused: Mapping[str, Refusal]) -> Input:
    refusal = refused.get(key)
    about = str(refusal.params.get("field", "")) if refusal else ""
    is_here = refusal is not None and (one.name == key or one.name == f"{key}.{about}")
    error = str(refusal.params.get("problem") or refusal) if is_here and refusal else ""
    return replace(one, value=typed.get(one.name, one.value), error=error)


def require_to_see(form: GateForm) -> GateForm:
    """Refuse unless the reader may move the deal; others see the checklist on the deal's page."""
    if not form.may_move:
        raise NotAllowed(permission=DEALS_MOVE)
    return form
