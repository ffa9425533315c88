"""What the deal page shows: stages and days, the gate, SOP, facts, people, debts, tasks, one timeline."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.activities import permissions as acting
from dealrail.activities import queries as activities
from dealrail.core.texts import listed
from dealrail.crm import permissions, policy
from dealrail.crm import queries as crm
from dealrail.crm.actions.pools import open_deal
from dealrail.crm.queries import deal_labels
from dealrail.events import queries as events
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_WAIVE
from dealrail.process.rules import ProcessSpec, StageSpec, State
from dealrail.web.board.cards import days_between, days_since
from dealrail.web.customers.rows import contact_row
from dealrail.web.deals.facts import Fact, approved, fact_groups
from dealrail.web.deals.gates import GateForm, gate_form
from dealrail.web.deals.sharing import people_around
from dealrail.web.follow_ups.about import About
from dealrail.web.follow_ups.form import follow_up_form
from dealrail.web.forms.filling import forms_of
from dealrail.web.inputs import whole
from dealrail.web.notes.rows import comment_form, files_of_deal
from dealrail.web.processes.naming import condition_names
from dealrail.web.tellers import TELLERS
from dealrail.web.timeline import told, worth_telling

SHOWN_EVENTS = 40


@dataclass(frozen=True)
class Segment:
    """A stage on the stage bar; `days` is None where the deal never was, or nobody knows for how long."""

    stage: StageSpec
    position: str
    days: int | None


@dataclass(frozen=True)
class Debt:
    """What an imported deal still owes to its SOP, in words."""

    stage: str
    what: str


def deal_page(actor: Actor, deal_id: int, *, before: str = "", show: str = "") -> dict[str, Any]:
    """Everything about one deal; refuse with NotFound or PoolViewsUsedUp when it is not the actor's to see."""
    deal = open_deal(actor=actor, deal_id=deal_id)
    spec, stage = engine.spec_and_stage(deal.run)
    customer = crm.customers(actor).filter(pk=deal.customer_id).first() if deal.customer_id else None
    contacts = contacts_met(customer)
    actions = activities.actions_of(deal)
    return {
        "deal": deal,
        "spec": spec,
        "stage": stage,
        "segments": segments(deal, spec, stage),
        "days": days_since(deal.run.stage_entered_at),
        "form": next_gate(actor, deal),
        "actions": actions,
        "examples": activities.examples_of([row.spec.key for row in actions]),
        **fact_groups(actor, deal, spec, may_plan=is_under_way(deal)),
        "files": files_of_deal(actor, deal),
        "filled": forms_of(actor, "deal", deal),
        "comment": comment_form("deal", deal.pk),
        **people_around(actor, deal, spec),
        "follow_up": follow_up_form(actor, About("deal", deal, deal.customer_id), contacts=contacts),
        "contacts": [contact_row(actor, row) for row in contacts],
        "sees_customer": customer is not None,
        "debts": debts(deal, spec),
        "tasks": list(activities.tasks(actor).filter(deal=deal.pk, done_at__isnull=True)),
        "approvals": approvals(actor, deal, spec),
        "loss_reason": spec.loss_reasons.get(deal.loss_reason, deal.loss_reason),
        **timeline(actor, deal, spec, before, show=show),
        **allowed(actor, deal),
    }


def contacts_met(customer: Any | None) -> list[Any]:
    """The contacts of the deal's customer, for who may see that customer."""
    found = list(crm.contacts_of(customer.pk)) if customer else []
    for contact in found:
        contact.customer = customer
    return found


FILTERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), ()),
    "follow_ups": (_("Follow-ups"), ("follow_up",)),
    "changes": (_("Changes"), ("change", "move")),
    "approvals": (_("Approvals"), ("approval",)),
    "comments": (_("Comments"), ("comment",)),
    "files": (_("Files"), ("attachment",)),
}


def timeline(actor: Actor, deal: Any, spec: ProcessSpec, before: str, *, show: str = "") -> dict[str, Any]:
    """The deal's events of the kinds to `show`, newest first, and the id from which to go on."""
    rows = worth_telling(events.timeline({"deal": [deal.pk]}, before=whole(before)))
    groups = FILTERS.get(show, FILTERS[""])[1]
    if groups:
        rows = rows.filter(kind__in=[kind for kind, (_icon, group, _tell) in TELLERS.items() if group in groups])
    found = list(rows[: SHOWN_EVENTS + 1])
    more = found[SHOWN_EVENTS - 1].pk if len(found) > SHOWN_EVENTS else 0
    seen = crm.events_as_seen(actor, found[:SHOWN_EVENTS])
    return {
        "events": told(seen, {deal.pk: spec}, actor=actor),
        "before": more,
        "show": show if show in FILTERS else "",
        "filters": [(key, label) for key, (label, _groups) in FILTERS.items()],
    }


def segments(deal: Any, spec: ProcessSpec, current: StageSpec) -> list[Segment]:
    """The stage bar: which stages are done, which is now, which lie ahead, and the days spent in each.

    Days are those of the calendar, as on the board; where the deal is now, they count from when it entered.
    """
    spent: dict[str, int] = defaultdict(int)
    for stay in processes.stays_of(deal.run_id):
        if stay.left_at and not stay.assumed:
            spent[stay.stage.key] += days_between(stay.entered_at, stay.left_at)
    if deal.run.state in {State.OPEN, State.WON} and deal.run.finished_at is None:
        spent[current.key] = days_since(deal.run.stage_entered_at)
    here = [stage.key for stage in spec.stages].index(current.key)
    finished = deal.run.finished_at is not None
    return [
        Segment(
            stage=stage,
            position="done" if place < here or finished else "now" if place == here else "ahead",
            days=spent.get(stage.key),
        )
        for place, stage in enumerate(spec.stages)
    ]


def is_under_way(deal: Any) -> bool:
    """Whether a deal can still go on: neither lost, set aside nor finished."""
    return deal.run.state in {State.OPEN, State.WON} and deal.run.finished_at is None


def next_gate(actor: Actor, deal: Any) -> GateForm | None:
    """The gate of the next move; none where the deal can't go on."""
    return gate_form(actor, deal, None) if is_under_way(deal) else None


def debts(deal: Any, spec: ProcessSpec) -> list[Debt]:
    """The deal's open debts, by the names of their fields and actions."""
    rows = list(processes.open_debts(deal.run_id))
    specs = [*(processes.spec_of(row.stage.version_id) for row in rows), spec]  # a debt may be of an older version
    labels = {key: name for one in specs for key, name in deal_labels(one).items()}
    actions = {row.key: row.name for one in specs for row in one.actions}
    conditions = {key: name for one in specs for key, name in condition_names(one).items()}
    return [
        Debt(
            row.stage.name,
            str(labels.get(row.item) or actions.get(row.item) or conditions.get(row.condition) or row.item),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Approval:
    """An approval that is waited for; `is_mine`: by the reader; `about`: the values that it is asked for.

    `may_withdraw`: the reader may take it back; `is_stuck`: nobody who is asked may log in any more.
    """

    id: int
    what: str
    asked_by: str
    asked_at: Any
    approvers: str
    agreed: str
    later: str
    told: str
    is_mine: bool
    may_withdraw: bool
    is_stuck: bool
    about: list[Fact]


def approvals(actor: Actor, deal: Any, spec: ProcessSpec) -> list[Approval]:
    """What this deal waits for, and from whom."""
    return approval_rows(actor, [(row, deal, spec) for row in processes.pending_approvals([deal.run_id])])


def approval_rows(actor: Actor, asked: Iterable[tuple[Any, Any, ProcessSpec]]) -> list[Approval]:
    """These requests, each with its deal and process, in words; one without kept values is shown with today's."""
    rows = list(asked)
    about = [(row.about or crm.approved_about(deal), spec, deal.pool_id is not None) for row, deal, spec in rows]
    told = approved(actor, about)
    return [_approval(actor, *row, facts) for row, facts in zip(rows, told, strict=True)]


def _approval(actor: Actor, request: Any, deal: Any, spec: ProcessSpec, about: list[Fact]) -> Approval:
    return Approval(
        id=request.pk,
        what=condition_names(spec).get(request.condition, request.condition),
        asked_by=request.asked_by.name if request.asked_by else "",
        asked_at=request.asked_at,
        **_people(request),
        is_mine=any(person.pk == actor.user_id for person in request.waits_for),
        may_withdraw=actor.user_id in {request.asked_by_id, deal.owner_id},
        is_stuck=not request.can_be_answered,
        about=about,
    )


# Which of the people in an approval are named under which word.
_NAMED = {"approvers": "waiting", "agreed": "agreed", "later": "later", "told": "told"}


def _people(request: Any) -> dict[str, str]:
    return {name: listed(person.name for person in request.people_who(part)) for name, part in _NAMED.items()}


def allowed(actor: Actor, deal: Any) -> dict[str, Any]:
    """Which buttons this reader gets; the actions ask again."""
    run, pooled = deal.run, deal.pool_id is not None
    may_move = policy.may(actor, permissions.DEALS_MOVE, deal)
    under_way = is_under_way(deal)
    _spec, stage = engine.spec_and_stage(run)
    return {
        "may_plan": under_way,
        "may_change": policy.may(actor, permissions.DEALS_CHANGE, deal),
        "may_move": may_move and under_way,
        "may_send_back": may_move and under_way and bool(stage.back),
        "may_delete": policy.may(actor, permissions.RECORDS_DELETE, deal),
        "may_ask_waiver": may_move and under_way and not policy.owns(actor, PROCESS_WAIVE, deal),
        "may_lose": policy.owns(actor, permissions.DEALS_MOVE, deal)
        and run.state != State.LOST
        and run.finished_at is None,
        "may_reopen": may_move and run.state in {State.LOST, State.PARKED},
        "may_transfer": policy.may(actor, permissions.DEALS_TRANSFER, deal),
        "may_release": policy.may(actor, permissions.DEALS_TRANSFER, deal) and not pooled,
        "may_claim": pooled and actor.may(permissions.POOLS_CLAIM),
        "may_add_contact": _may_add_contact(actor, deal),
        "may_record": policy.may(actor, acting.ACTIVITIES_RECORD, deal),
        "may_waive": under_way and policy.may(actor, PROCESS_WAIVE, deal),
    }


def _may_add_contact(actor: Actor, deal: Any) -> bool:
    try:
        if deal.customer is not None:
            policy.require_can_add_contact(actor, deal.customer)
    except NotAllowed:
        return False
    return deal.customer is not None
