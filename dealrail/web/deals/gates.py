"""The gate of a move as a form: a row for each demand, with the inputs that would meet it and what was typed there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.core.errors import Refusal
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.permissions import CUSTOMERS_CREATE, DEALS_MOVE, DEALS_TRANSFER
from dealrail.crm.rules import is_custom
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.engine import Gate
from dealrail.process.errors import NextOwnerNeeded
from dealrail.process.permissions import PROCESS_WAIVE
from dealrail.process.queries.waivers import may_waive_by_role
from dealrail.process.rules import Demand, ProcessSpec
from dealrail.web.customers.inputs import customer_inputs
from dealrail.web.deals.inputs import (
    asked_of_follow_ups,
    contact_inputs,
    evidence_inputs,
    field_inputs,
    follow_up_inputs,
    new_customer_input,
    next_owner_inputs,
    shown_value,
)
from dealrail.web.deals.reading import field_of
from dealrail.web.inputs import Input
from dealrail.web.processes.handing import arriving
from dealrail.web.processes.naming import condition_names

MOST_AT_ONCE = 3
MOST_SENT = 10
NAMED_BY_ITEM = {"field", "action", "customer_field"}
SPEAKS_FOR_ITSELF = "select"  # always sent, so it doesn't tell that somebody meant something
HOW = {
    "field_missing": "field",
    "action_not_done": "action",
    "follow_ups_missing": "follow_up",
    "contacts_missing": "contact",
    "customer_field_missing": "customer_field",
    "files_missing": "file",
    "form_missing": "form",
    "approval_needed": "approval",
    "approval_pending": "approval",
}


@dataclass(frozen=True)
class Group:
    """Inputs that are sent together: one field, one action, one of several follow-ups or contacts."""

    key: str
    inputs: list[Input]
    error: str = ""

    def is_filled(self, typed: Mapping[str, Any]) -> bool:
        """Whether something was typed, ticked or chosen that only a person can have meant."""
        telling = [row.name for row in self.inputs if row.kind != SPEAKS_FOR_ITSELF]
        return any(str(typed.get(name) or "").strip() for name in telling)


@dataclass(frozen=True)
class Row:
    """One demand of a gate. `how` says how it is met; `groups` are the inputs for that; `now` is what a field holds."""

    key: str
    how: str
    demand: Demand
    condition: str = ""
    groups: list[Group] = field(default_factory=list)
    how_to: str = ""
    evidence: str = ""
    now: str = ""


@dataclass(frozen=True)
class Refused:
    """An approval of this gate that was not granted: what, by whom, when and why."""

    what: str
    who: str
    when: Any
    reason: str


@dataclass(frozen=True)
class GateForm:
    """The gate with all that is typed and refused, ready to be shown in a dialog, on a page or in the deal page.

    `never_waived` are conditions, and `waived_by_others` those that the reader's roles don't waive. `kept` are rows
    that the gate no longer asks for, with something typed that is not saved yet; `saved` counts what was saved just
    now, before the rest was refused.
    """

    deal: Any
    gate: Gate
    unmet: list[Row]
    kept: list[Row]
    approvals: list[Demand]
    refusals: list[Refused]
    met: list[Demand]
    refusal: Refusal | None
    may_move: bool
    may_waive: bool
    asked: Collection[str] = ()
    never_waived: Collection[str] = ()
    waived_by_others: Collection[str] = ()
    hand_over: list[Input] = field(default_factory=list)
    arriving: str = ""
    saved: int = 0

    @property
    def is_waiting(self) -> bool:
        """Whether somebody was asked for an approval and hasn't answered."""
        return any(demand.code == "approval_pending" for demand in self.approvals)

    @property
    def rows(self) -> list[Row]:
        """All rows with inputs."""
        return [*self.unmet, *self.kept]


@dataclass(frozen=True)
class Sheet:
    """What a gate's form is filled with: who, the deal, what was typed and is not yet done, what was refused.

    Whoever may not move the deal has nothing to fill in; they read what is left.
    """

    actor: Actor
    deal: Any
    spec: ProcessSpec
    typed: Mapping[str, Any]
    done: Collection[str]
    refused: Mapping[str, Refusal]
    may_fill: bool = True


def gate_form(
    actor: Actor,
    deal: Any,
    to: str | None,
    *,
    typed: Mapping[str, Any] | None = None,
    done: Collection[str] = (),
    refused: Mapping[str, Refusal] | None = None,
    refusal: Refusal | None = None,
    saved: int = 0,
) -> GateForm:
    """Judge the move and prepare its form; what was typed stays, except into the groups that are `done`.

    Refuses with NoSuchMove, NotOpen or AlreadyFinished.
    """
    gate = engine.gate(deal.run, to=to, subject=deal)
    spec, stage = engine.spec_and_stage(deal.run)
    limited = [row for row in stage.conditions if row.waivable_by or not row.waivable]
    may_move = policy.may(actor, DEALS_MOVE, deal)
    sheet = Sheet(actor, deal, spec, _left(typed or {}, done), done, refused or {}, may_move)
    names = condition_names(spec)
    met = [demand for demand in gate.demands if demand.met or demand.waived]
    rows = [_row(demand, sheet, names) for demand in gate.unmet]
    late = [_row(demand, sheet, names) for demand in met if HOW.get(demand.code) not in {None, "approval"}]
    return GateForm(
        deal=deal,
        gate=gate,
        unmet=rows,
        kept=[row for row in late if row.groups],
        approvals=list(gate.approvals),
        refusals=_refusals(deal, gate, names),
        met=met,
        refusal=refusal,
        may_move=may_move,
        may_waive=policy.may(actor, PROCESS_WAIVE, deal),
        asked={row.condition for row in processes.pending_waiver_requests([deal.run_id])} if rows else set(),
        never_waived={row.key for row in limited if not row.waivable},
        waived_by_others={row.key for row in limited if not may_waive_by_role(row, actor)},
        hand_over=_hand_over(sheet, gate, refusal),
        arriving=arriving(deal, spec, gate.to) if gate.forward else "",
        saved=saved,
    )


def _hand_over(sheet: Sheet, gate: Gate, refusal: Refusal | None) -> list[Input]:
    """Who takes the deal over and what they are told, where the stage ahead belongs to somebody else."""
    deal, spec = sheet.deal, sheet.spec
    is_asked = gate.forward and sheet.may_fill and policy.may(sheet.actor, DEALS_TRANSFER, deal)
    rule = spec.stage(gate.to).hand_over if spec.has_stage(gate.to) else None
    if not is_asked or rule is None or rule.to == "keep":
        return []
    if not (crm.arrival(deal, spec, gate.to) if rule.is_by_rule else crm.needs_next_owner(deal, spec, gate.to)):
        return []
    chosen = crm.waiting_hand_over(deal.pk)
    inputs = next_owner_inputs(crm.next_owners(deal, spec, gate.to), rule=rule)
    known = {"next_owner": chosen.to_user_id, "hand_over_note": chosen.note} if chosen and chosen.to == gate.to else {}
    error = str(refusal) if isinstance(refusal, NextOwnerNeeded | UnknownPerson) else ""
    return [
        replace(
            row,
            value=sheet.typed.get(row.name, known.get(row.name, row.value)),
            error=error if row.name == "next_owner" else "",
        )
        for row in inputs
    ]


def _left(typed: Mapping[str, Any], done: Collection[str]) -> dict[str, Any]:
    """What was typed and is not done yet."""
    return {
        name: value
        for name, value in typed.items()
        if not any(name == key or name.startswith(f"{key}.") for key in done)
    }


def _refusals(deal: Any, gate: Gate, names: Mapping[str, str]) -> list[Refused]:
    lacking = {demand.condition for demand in gate.approvals}
    rows = processes.refused_approvals([deal.run_id]) if lacking else []
    return [
        Refused(
            names.get(row.condition, row.condition),
            row.decided_by.name if row.decided_by else "—",
            row.decided_at,
            row.note,
        )
        for row in rows
        if row.condition in lacking and row.to == gate.to
    ]


def _row(demand: Demand, sheet: Sheet, names: Mapping[str, str]) -> Row:
    how = HOW.get(demand.code, "other")
    key = f"{how}.{demand.item if how in NAMED_BY_ITEM else demand.condition}"
    action = sheet.spec.action(demand.item) if how == "action" else None
    groups = _GROUPS[how](key, demand, sheet) if how in _GROUPS and sheet.may_fill else []
    is_open = not (demand.met or demand.waived)
    shown = [_filled(group, sheet) for group in groups if is_open or group.is_filled(sheet.typed)]
    return Row(
        key=key,
        how=how,
        demand=demand,
        condition=names.get(demand.condition, demand.condition),
        groups=shown,
        how_to=action.how_to if action else "",
        evidence=demand.params["evidence"] if action else "",
        now="" if is_open or how != "field" else _shown(sheet, demand.item),
    )


def _shown(sheet: Sheet, field_name: str) -> str:
    value = shown_value(sheet.actor, sheet.deal, field_name)
    return "" if value is None else str(value)


def _field(key: str, demand: Demand, sheet: Sheet) -> list[Group]:
    if is_custom(demand.item) and not crm.may_fill(sheet.actor, "deal", demand.item):
        return []
    inputs = [replace(row, name=key, required=False) for row in field_inputs([demand.item], sheet.spec, sheet.actor)]
    if demand.met and str(sheet.typed.get(key, "")) == _shown(sheet, demand.item):
        return []
    if demand.item == "customer" and sheet.actor.may(CUSTOMERS_CREATE):
        inputs.append(new_customer_input(f"{key}.new"))
    return [Group(key, inputs)]


def _action(key: str, demand: Demand, sheet: Sheet) -> list[Group]:
    """What shows that an action was done; a form has a page of its own."""
    if demand.params["evidence"] == "form":
        return []
    return [Group(key, _named(key, evidence_inputs(demand.params["evidence"], sheet.deal, sheet.actor)))]


def _follow_ups(key: str, demand: Demand, sheet: Sheet) -> list[Group]:
    missing = demand.params["at_least"] - demand.params["made"]
    inputs = [*follow_up_inputs(demand.params["of"]), *asked_of_follow_ups(sheet.actor)]
    return _numbered(key, inputs, missing, sheet)


def _contacts(key: str, demand: Demand, sheet: Sheet) -> list[Group]:
    missing = demand.params["at_least"] - demand.params["known"]
    return _numbered(key, contact_inputs(demand.params["role"]), missing, sheet)


def _customer_field(key: str, demand: Demand, sheet: Sheet) -> list[Group]:
    customer = sheet.deal.customer
    if customer is None or not policy.may_change_customer(sheet.actor, customer):
        return []
    asked = [row for row in customer_inputs(sheet.actor) if row.name == demand.item]
    return [Group(key, [replace(row, name=key, required=False) for row in asked])]


def _files(key: str, demand: Demand, sheet: Sheet) -> list[Group]:
    missing = demand.params["at_least"] - demand.params["kept"]
    return _numbered(key, [Input("file", _("File"), kind="file")], missing, sheet)


_GROUPS = {
    "field": _field,
    "action": _action,
    "follow_up": _follow_ups,
    "contact": _contacts,
    "customer_field": _customer_field,
    "file": _files,
}


def _numbered(key: str, inputs: list[Input], missing: int, sheet: Sheet) -> list[Group]:
    """As many groups as are missing, those that something was typed into first of all, each under its own number."""
    groups = [Group(f"{key}.{number}", _named(f"{key}.{number}", inputs)) for number in range(MOST_SENT)]
    free = [group for group in groups if group.key not in sheet.done]
    filled = [group for group in free if group.is_filled(sheet.typed)]
    empty = [group for group in free if group not in filled]
    shown = [*filled, *empty[: max(min(missing, MOST_AT_ONCE) - len(filled), 0)]]
    return sorted(shown, key=groups.index)


def _named(key: str, inputs: Iterable[Input]) -> list[Input]:
    """The inputs under names of their own in the whole form; none is required by the browser."""
    return [replace(row, name=f"{key}.{row.name}", required=False) for row in inputs]


def _filled(group: Group, sheet: Sheet) -> Group:
    """The group with what was typed, and the refusal's sentence at the input that it is about, else at the group."""
    refusal = sheet.refused.get(group.key)
    about = {group.key, f"{group.key}.{field_of(refusal)}"} if refusal else set()
    inputs = [
        replace(
            one,
            value=sheet.typed.get(one.name, one.value),
            error=str(refusal.params.get("problem") or refusal) if refusal and one.name in about else "",
        )
        for one in group.inputs
    ]
    at_an_input = any(one.error for one in inputs)
    return Group(group.key, inputs, error=str(refusal) if refusal and not at_an_input else "")
