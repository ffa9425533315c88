"""What each step with a deal asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.activities import queries as activities
from dealrail.activities.permissions import TASKS_ASSIGN
from dealrail.activities.rules import PICKS
from dealrail.core import clock
from dealrail.core.texts import listed
from dealrail.crm import queries as crm
from dealrail.crm.permissions import DEALS_READ
from dealrail.forms import queries as forms
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.queries.waivers import may_waive_by_role
from dealrail.process.rules import ActionSpec
from dealrail.web.added import added_inputs, added_values
from dealrail.web.catalog import still_offering
from dealrail.web.deals.calls import Call
from dealrail.web.deals.inputs import (
    all_fields,
    contact_inputs,
    evidence_inputs,
    field_inputs,
    follow_up_inputs,
    told_of,
    with_new_customer_input,
)
from dealrail.web.deals.reading import moment
from dealrail.web.inputs import Input, options
from dealrail.web.lists.choices import named
from dealrail.web.people.choosing import named_people
from dealrail.web.people.heirs import heirs
from dealrail.web.picks import picked_moment, picks
from dealrail.web.processes.naming import condition_names

COLLABORATING = (("write", _("Work on it")), ("read", _("Only read it")))
TURNS = (("beside", _("Theirs beside mine")), ("first", _("Theirs first, then mine")))
EXPLAINING = _("What is special about this deal, and what is done instead. It stays on record beside the reason.")
TASK_KINDS = (("plan", _("Planned follow-up")), ("task", _("Task")))


def nothing(call: Call) -> list[Input]:
    """No more than a yes."""
    return []


def note(call: Call) -> list[Input]:
    """A word to it, if one likes."""
    return [Input("note", _("Note"), kind="textarea")]


def reason(call: Call) -> list[Input]:
    """Why."""
    return [Input("reason", _("Reason"), kind="textarea", required=True)]


def stages_back(call: Call) -> list[Input]:
    """Where the deal may be sent back to, the nearest first."""
    spec, stage = engine.spec_and_stage(call.deal.run)
    offered = [(key, processes.stage_name(spec, key)) for key in reversed(stage.back)]
    return [
        Input("to", _("Back to"), kind="select", options=tuple(offered)),
        Input(
            "note",
            _("Reason"),
            kind="textarea",
            help=_("What has to be done again; the timeline tells it."),
        ),
    ]


def setting_aside(call: Call) -> list[Input]:
    """Why, and when to look at it again."""
    return [
        Input("note", _("Reason"), kind="textarea"),
        Input("again_on", _("Look at it again on"), kind="date", help=_("Its owner gets a plan for that day.")),
    ]


def loss(call: Call) -> list[Input]:
    """One of the process's reasons."""
    spec, _stage = engine.spec_and_stage(call.deal.run)
    reasons = options(spec.loss_reasons.items(), none=_("Choose a reason"))
    return [Input("reason", _("Reason"), kind="select", options=reasons, required=True), *note(call)]


def new_owner(call: Call) -> list[Input]:
    """Somebody else who is active, the likely ones first."""
    _spec, stage = engine.spec_and_stage(call.deal.run)
    offered = heirs(call.actor, roles=stage.roles, but=call.deal.owner_id, reading=DEALS_READ)
    nobody = options((), none=_("Choose a person"))
    owner = Input("owner", _("New owner"), kind="select", options=nobody, groups=offered, required=True)
    return [owner, *note(call)]


def pool(call: Call) -> list[Input]:
    """A public pool, and why."""
    offered = tuple((str(key), name) for key, name in named(crm.release_pools()))
    return [Input("pool", _("Public pool"), kind="select", options=offered), *reason(call)]


@dataclass(frozen=True)
class Waivable:
    """A condition that can be waived, and everything that this excuses the deal from."""

    name: str
    excuses: list[str]


def waiver(call: Call) -> list[Input]:
    """Which of the lacking conditions, and why; the one that the link was about is chosen."""
    offered = tuple(
        (key, row)
        for key, row in waivable(call).items()
        if may_waive_by_role(engine.condition_of(call.deal.run, key), call.actor)
    )
    wanted = call.request.GET.get("condition", "")
    offered = tuple(sorted(offered, key=lambda row: row[0] != wanted))
    chosen = offered[0][0] if offered else ""
    condition = Input("condition", _("Condition to waive"), kind="cards", options=offered, value=chosen)
    reasons = _waiver_reasons(call)
    if not reasons:
        return [condition, *reason(call)]
    kind = Input("reason_key", _("Waiver reason"), kind="select", options=reasons, required=True)
    return [condition, kind, Input("reason", _("Explanation"), kind="textarea", required=True, help=EXPLAINING)]


def _waiver_reasons(call: Call) -> tuple[tuple[str, Any], ...]:
    """The waiver reasons of the process to choose from, where it has any."""
    spec, _stage = engine.spec_and_stage(call.deal.run)
    return options(spec.waiver_reasons.items(), none=_("Choose a reason")) if spec.waiver_reasons else ()


def waivers_to_ask(call: Call) -> list[Input]:
    """A reason for each lacking condition that nobody asks to waive yet; the one that the link was about first."""
    asked = set(processes.pending_waiver_requests([call.deal.run_id]).values_list("condition", flat=True))
    offered = [(key, row) for key, row in waivable(call).items() if key not in asked]
    wanted = call.request.GET.get("condition", "")
    reasons = _waiver_reasons(call)
    return [
        one
        for key, row in sorted(offered, key=lambda pair: pair[0] != wanted)
        for one in _why_to_waive(key, row, reasons)
    ]


def _why_to_waive(key: str, row: Waivable, reasons: tuple[tuple[str, Any], ...]) -> list[Input]:
    """Why this condition should be waived: one of the reasons, where there are any, and in words."""
    named = {"condition": row.name}
    words = Input(f"reason.{key}", row.name, kind="textarea", help=listed(row.excuses))
    if not reasons:
        return [words]
    kind = Input(f"kind.{key}", gettext("%(condition)s: waiver reason") % named, kind="select", options=reasons)
    return [kind, replace(words, label=gettext("%(condition)s: explanation") % named)]


def collaborator(call: Call) -> list[Input]:
    """Somebody besides the owner, to read or to work on it."""
    others = people.active_people().exclude(pk=call.deal.owner_id or 0)
    offered = options(named_people(others, whole=True, joining=True), none=_("Choose a person"))
    who = call.request.GET.get("who", "")
    return [
        Input("person", _("Collaborator"), kind="select", options=offered, required=True, value=who),
        Input("may", _("May do"), kind="select", options=COLLABORATING, value="write"),
    ]


def waivable(call: Call) -> dict[str, Waivable]:
    """The conditions that the move still lacks, and everything that waiving each of them excuses from."""
    move: dict[str, Any] = {"to": call.request.GET.get("to") or None, "subject": call.deal}
    gate = engine.gate(call.deal.run, **move)
    spec, _stage = engine.spec_and_stage(call.deal.run)
    names, lacking = condition_names(spec), [*gate.unmet, *gate.approvals]
    found = {}
    for key in dict.fromkeys(demand.condition for demand in lacking):
        if not engine.condition_of(call.deal.run, key).waivable:
            continue
        left = engine.gate(call.deal.run, **move, waived=[key])
        still = {(demand.code, demand.item) for demand in (*left.unmet, *left.approvals)}
        excused = [demand.message for demand in lacking if (demand.code, demand.item) not in still]
        found[key] = Waivable(names.get(key, key), excused)
    return found


def all_facts(call: Call) -> list[Input]:
    """Every field of the deal with what it holds; a customer may be new."""
    spec, _stage = engine.spec_and_stage(call.deal.run)
    own = with_new_customer_input(field_inputs(all_fields(spec), spec, call.actor, call.deal), call.actor)
    asked = added_inputs(call.actor, "deal")
    held = added_values(call.actor, call.deal, asked)
    return [*own, *(replace(still_offering(row, call.deal), value=held[row.name]) for row in asked)]


def what_happened(call: Call) -> list[Input]:
    """A follow-up, with somebody among the contacts that the actor may see."""
    contacts = named(crm.contacts(call.actor).filter(customer=call.deal.customer_id).order_by("pk"))
    who = [Input("contact", _("With whom"), kind="select", options=options(contacts))] if contacts else []
    kind, *others = follow_up_inputs()
    return [kind, *who, *others, *added_inputs(call.actor, "activity")]


def corrected(call: Call) -> list[Input]:
    """A follow-up on this deal as it stands: its words, then added fields; refuse with NotFound for another one."""
    found = activities.activity(call.actor, int(call.key))
    if found.deal_id != call.deal.pk:
        raise NotFound()
    asked = added_inputs(call.actor, "activity")
    held = added_values(call.actor, found, asked)
    added = [replace(still_offering(row, found), value=held[row.name]) for row in asked]
    return [Input("text", _("What happened"), kind="textarea", value=found.text, required=True), *added]


def action_of(call: Call) -> ActionSpec | None:
    """The action that the address names."""
    spec, _stage = engine.spec_and_stage(call.deal.run)
    return spec.action(call.key)


def evidence(call: Call) -> list[Input]:
    """The proof that the action asks for."""
    action = action_of(call)
    asked = action.evidence if action else "none"
    if asked == "follow_up":
        made = activities.follow_ups_in_stage(call.deal.run_id).exists()
        return [replace(row, required=row.required and not made) for row in what_happened(call)]
    if asked in {"none", "form"}:
        return note(call)
    proof = [replace(row, required=True) for row in evidence_inputs(asked, call.deal, call.actor)]
    return [*proof, *note(call)] if asked == "file" else proof


def proof(call: Call, action: ActionSpec) -> str:
    """In words, which follow-up or form of this stage proves an action already; empty when there is none."""
    if action.evidence == "form":
        filled = forms.filled_in_stage(call.deal, action.form).first()
        words = gettext("The form “%(name)s” that was filled in on %(when)s is proof enough; or fill it in anew.")
        return words % {"name": filled.form.name, "when": _said(filled.filled_at)} if filled else ""
    made = activities.follow_ups_in_stage(call.deal.run_id).first()
    sentence = gettext("The follow-up of %(when)s (%(kind)s) is proof enough; or write a new one here.")
    return sentence % told_of(made) if made else ""


def _said(when: datetime) -> str:
    return date_format(timezone.localtime(when), "Y-m-d H:i")


def contact(call: Call) -> list[Input]:
    """A new contact."""
    return contact_inputs()


def decision(call: Call) -> list[Input]:
    """Why not, if not."""
    return [Input("note", _("Note"), kind="textarea", help=_("A refusal needs a reason."))]


def another_approver(call: Call) -> list[Input]:
    """Somebody else who is active and not asked yet, but who asked for the approval; and a word to them."""
    asked = processes.pending_approvals([call.deal.run_id]).filter(pk=int(call.key)).first()
    taken = [asked.asked_by_id, *(row.pk for row in asked.people_who("waiting", "later"))] if asked else []
    others = [person for person in people.active_people() if person.pk not in taken]
    offered = options(named_people(others, whole=True), none=_("Choose a person"))
    who = pgettext_lazy("team", "Person")
    return [Input("person", who, kind="select", options=offered, required=True), *note(call)]


def one_more(call: Call) -> list[Input]:
    """Who is to agree too, and whether before the one who asks them."""
    who, word = another_approver(call)
    return [who, Input("first", _("Whose turn is it"), kind="select", options=TURNS, value="beside"), word]


def task(call: Call) -> list[Input]:
    """A task or plan about the deal."""
    return tasks_asked(call.actor)


def tasks_asked(actor: Actor) -> list[Input]:
    """What is to be done, when, and by whom if the actor may give tasks to others."""
    reach = actor.reach(TASKS_ASSIGN)
    within = named_people(
        person
        for person in people.active_people()
        if reach.covers(owner_id=person.pk, owner_unit_id=person.unit_id, user_id=actor.user_id)
    )
    me = str(actor.user_id)
    who = [Input("owner", _("For whom"), kind="select", options=options(within)[1:], value=me)]
    return [
        Input("kind", _("What it is"), kind="select", options=TASK_KINDS, value="plan"),
        Input("title", _("What is to be done"), required=True),
        Input("pick", _("By when"), kind="picks", options=_days(), value=PICKS[0]),
        Input("due_at", _("At another time"), kind="datetime-local", help=_("Else at 10:00 on the day chosen above.")),
        *(who if len(within) > 1 else []),
    ]


def _days() -> tuple[tuple[str, Any], ...]:
    """The days to choose from, and none of them."""
    rows = picks(timezone.localdate(clock.now()))
    return (*((row.key, row) for row in rows), ("", {"word": _("Another time, or none")}))


def due(sent: Mapping[str, Any]) -> datetime | None:
    """When a task is due: at the time that was typed, or else on the day that was chosen. Refuses with BadMoment."""
    return moment(str(sent.get("due_at", "")), field="due_at") or picked_moment(str(sent.get("pick", "")))
