"""The steps one can take with a deal: what each asks for, and the one action it calls."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import UnknownPerson
from dealrail.activities.actions.activities import record_activity
from dealrail.activities.actions.sop import complete_action
from dealrail.crm import queries as crm
from dealrail.crm.actions import customers, deals, pools
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.web.deals import reading
from dealrail.web.deals.inputs import all_fields, contact_inputs, field_inputs, follow_up_inputs
from dealrail.web.inputs import Input, options, typed, whole
from dealrail.web.lists.deals import named


@dataclass(frozen=True)
class Call:
    """A step about to be taken: by whom, with which deal, and what was sent. `key` is the rest of the address."""

    actor: Actor
    deal: Any
    request: HttpRequest
    key: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """What every action on a deal takes."""
        return {"actor": self.actor, "deal_id": self.deal.pk}

    @property
    def seen(self) -> dict[str, Any]:
        """The same, with the version that the form was made for."""
        return {**self.about, "seen_version": whole(self.request.POST.get("seen"))}

    def text(self, name: str) -> str:
        """What was typed into an input."""
        return str(self.request.POST.get(name, ""))


@dataclass(frozen=True)
class Step:
    """A step: its words, its inputs, and its action. `is_grave` colours the button."""

    title: Any
    button: Any
    said: Any
    inputs: Callable[[Call], list[Input]]
    act: Callable[[Call], Any]
    note: Any = ""
    is_grave: bool = False


def _nothing(call: Call) -> list[Input]:
    return []


def _note(call: Call) -> list[Input]:
    return [Input("note", _("Note"), kind="textarea")]


def _reason(call: Call) -> list[Input]:
    return [Input("reason", _("Reason"), kind="textarea", required=True)]


def _stages_back(call: Call) -> list[Input]:
    spec, stage = engine.spec_and_stage(call.deal.run)
    offered = [(key, processes.stage_name(spec, key)) for key in reversed(stage.back)]
    return [Input("to", _("Back to"), kind="select", options=tuple(offered))]


def _loss(call: Call) -> list[Input]:
    spec, _stage = engine.spec_and_stage(call.deal.run)
    reasons = options(spec.loss_reasons.items(), none=_("Choose a reason"))
    return [Input("reason", _("Reason"), kind="select", options=reasons, required=True), *_note(call)]


def _new_owner(call: Call) -> list[Input]:
    offered = options(named(people.active_people().exclude(pk=call.deal.owner_id)), none=_("Choose a person"))
    return [Input("owner", _("New owner"), kind="select", options=offered, required=True), *_note(call)]


def _pool(call: Call) -> list[Input]:
    offered = tuple((str(key), name) for key, name in named(crm.release_pools()))
    return [Input("pool", _("Public pool"), kind="select", options=offered), *_reason(call)]


def _waiver(call: Call) -> list[Input]:
    gate = engine.gate(call.deal.run, to=None, subject=call.deal)
    left = {demand.condition: demand.message for demand in (*gate.unmet, *gate.approvals)}
    wanted = call.request.GET.get("condition", "")
    chosen = Input("condition", _("Waive"), kind="select", options=tuple(left.items()), value=wanted)
    return [chosen, *_reason(call)]


def _all_facts(call: Call) -> list[Input]:
    spec, _stage = engine.spec_and_stage(call.deal.run)
    return field_inputs(all_fields(spec), spec, call.actor, call.deal)


def _what_happened(call: Call) -> list[Input]:
    contacts = named(call.deal.customer.contacts.order_by("pk")) if call.deal.customer else []
    who = [Input("contact", _("With whom"), kind="select", options=options(contacts))] if contacts else []
    kind, *others = follow_up_inputs()
    return [kind, *who, *others]


def _evidence(call: Call) -> list[Input]:
    spec, _stage = engine.spec_and_stage(call.deal.run)
    action = spec.action(call.key)
    if action and action.evidence == "file":
        return [Input("file", _("File"), kind="file", required=True), *_note(call)]
    return [Input("note", _("What was done"), kind="textarea", required=bool(action and action.evidence == "note"))]


def _contact(call: Call) -> list[Input]:
    return contact_inputs()


def _decision(call: Call) -> list[Input]:
    return [Input("note", _("Note"), kind="textarea", help=_("A refusal needs a reason."))]


def _transfer(call: Call) -> Any:
    owner = whole(call.text("owner"))
    if owner is None:
        raise UnknownPerson(person=call.text("owner") or "—", field="owner")
    return deals.transfer_deal(**call.seen, owner_id=owner, note=call.text("note"))


def _release(call: Call) -> Any:
    pool_id = whole(call.text("pool"))
    return pools.release_deal(**call.about, reason=call.text("reason"), pool_id=pool_id)


def _change(call: Call) -> Any:
    return deals.change_deal(**call.seen, fields=typed(call.request.POST, _all_facts(call)))


def _record(call: Call) -> Any:
    contact_id = whole(call.text("contact"))
    return record_activity(**call.about, contact_id=contact_id, **reading.follow_up(call.request.POST))


def _complete(call: Call) -> Any:
    file = call.request.FILES.get("file")
    return complete_action(**call.about, action=call.key, note=call.text("note"), file=file)


def _add_contact(call: Call) -> Any:
    fields = typed(call.request.POST, contact_inputs())
    return customers.create_contact(actor=call.actor, customer_id=call.deal.customer_id or 0, fields=fields)


def _decide(call: Call) -> Any:
    granted = call.text("decision") == "grant"
    return deals.decide_approval(**call.about, request_id=int(call.key), granted=granted, note=call.text("note"))


STEPS: dict[str, Step] = {
    "back": Step(
        _("Send back"), _("Send back"), _("Sent back."), _stages_back,
        lambda call: deals.advance_deal(**call.seen, to=call.text("to")),
        note=_("What was done stays on record. The deal can be moved on again when it is ready."),
    ),
    "lose": Step(
        _("Close as lost"), _("Close as lost"), _("Closed as lost."), _loss,
        lambda call: deals.lose_deal(**call.seen, reason=call.text("reason"), note=call.text("note")),
        is_grave=True,
    ),
    "park": Step(
        _("Set aside"), _("Set aside"), _("Set aside."), _note,
        lambda call: deals.park_deal(**call.seen, note=call.text("note")),
        note=_("A deal set aside no longer counts as open. Reopen it when the customer is ready."),
    ),
    "reopen": Step(
        _("Reopen"), _("Reopen"), _("Reopened in the stage it was left in."), _nothing,
        lambda call: deals.reopen_deal(**call.seen),
        note=_("The deal goes on in the stage it was left in."),
    ),
    "transfer": Step(_("Hand over"), _("Hand over"), _("Handed over."), _new_owner, _transfer),
    "claim": Step(
        _("Claim"), _("Claim"), _("Claimed. It is yours now."), _nothing, lambda call: pools.claim_deal(**call.about)
    ),
    "release": Step(
        _("Release into the public pool"), _("Release"), _("Released into the public pool."), _pool, _release,
        note=_("Members of the pool can claim the deal; you lose it."), is_grave=True,
    ),
    "waive": Step(
        _("Waive a condition"), _("Waive"), _("Waived and put on record."), _waiver,
        lambda call: deals.waive_condition(
            **call.about, condition=call.text("condition"), reason=call.text("reason")
        ),
        note=_("Who waived what and why stays on record and counts in the waiver rate."),
    ),
    "change": Step(_("Edit facts"), _("Save"), _("Saved."), _all_facts, _change),
    "follow_up": Step(_("Write a follow-up"), _("Save"), _("Follow-up saved."), _what_happened, _record),
    "action": Step(_("Mark as done"), _("Mark as done"), _("Marked as done."), _evidence, _complete),
    "contact": Step(_("Add a contact"), _("Save"), _("Contact saved."), _contact, _add_contact),
    "approval": Step(_("Decide an approval"), _("Grant"), _("Your decision is saved."), _decision, _decide),
}  # fmt: skip


def kept(inputs: list[Input], call: Call, refusal: Any) -> list[Input]:
    """The inputs with what was typed, and the refusal's sentence at the field that it is about."""
    about = str(refusal.params.get("field") or _likely(refusal.code))
    return [
        replace(
            row,
            value=call.request.POST.get(row.name, row.value),
            error=str(refusal.params.get("problem") or refusal) if row.name == about else "",
        )
        for row in inputs
    ]


def _likely(code: str) -> str:
    """Which input a refusal is about that names none."""
    return {
        "reason_missing": "reason",
        "unknown_loss_reason": "reason",
        "text_missing": "text",
        "unknown_activity_kind": "kind",
        "next_step_without_date": "next_step_at",
        "evidence_missing": "note",
        "file_refused": "file",
        "unknown_pool": "pool",
    }.get(code, "")
