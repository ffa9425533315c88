"""The steps one can take with a deal: what each asks for, and the one action it calls."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dealrail.accounts.errors import UnknownPerson
from dealrail.activities import queries as activities
from dealrail.activities.actions.activities import correct_activity
from dealrail.activities.actions.tasks import create_task
from dealrail.core.errors import Refusal
from dealrail.crm import policy
from dealrail.crm import queries as crm
from dealrail.crm.actions import approvals, collaborators, customers, deals, pools, waivers
from dealrail.crm.permissions import DEALS_TRANSFER
from dealrail.process.errors import ReasonMissing
from dealrail.web.added import added_hidden
from dealrail.web.deals import asking, deciding, reading
from dealrail.web.deals.calls import Call
from dealrail.web.deals.deciding import Question
from dealrail.web.deals.fulfilling import carry_out
from dealrail.web.deals.inputs import contact_inputs, shown_value, unmasked, with_new_customer
from dealrail.web.inputs import Input, changed, texts, typed, whole
from dealrail.web.people.heirs import loss


@dataclass(frozen=True)
class Step:
    """A step: its words, its inputs, and its action. `is_grave` colours the button; `asked` tells what is decided.

    `warns` says what it costs who takes it; `undo` tags the message of success with the way back, where there is one.
    """

    title: Any
    button: Any
    said: Any
    inputs: Callable[[Call], list[Input]]
    act: Callable[[Call], Any]
    note: Any = ""
    is_grave: bool = False
    asked: Callable[[Call], Question] | None = None
    warns: Callable[[Call], str] = lambda call: ""
    undo: Callable[[Call], str] = lambda call: ""


def _transfer(call: Call) -> Any:
    owner = whole(call.text("owner"))
    if owner is None:
        raise UnknownPerson(person=call.text("owner") or "—", field="owner")
    return deals.transfer_deal(**call.seen, owner_id=owner, note=call.text("note"))


def _transfer_back(call: Call) -> str:
    """Whose the deal was and is now, where the actor may still hand it over."""
    deal = crm.deals(call.actor).filter(pk=call.deal.pk).first()
    if deal is None or call.deal.owner_id is None or not policy.owns(call.actor, DEALS_TRANSFER, deal):
        return ""
    return f"back:{deal.pk}:{call.deal.owner_id}:{deal.owner_id}"


def _release(call: Call) -> Any:
    pool_id = whole(call.text("pool"))
    return pools.release_deal(**call.about, reason=call.text("reason"), pool_id=pool_id)


@transaction.atomic
def _change(call: Call) -> Any:
    inputs = asking.all_facts(call)
    fields = unmasked(call.actor, call.deal, inputs, typed(call.request.POST, inputs))
    is_new = bool(fields.pop("new_customer", ""))
    if fields.get("customer") == shown_value(call.actor, call.deal, "customer"):
        fields.pop("customer")  # another one may have the same name
    fields = with_new_customer(call.actor, fields, is_new=is_new, owner_id=call.deal.owner_id)
    return deals.change_deal(**call.seen, fields=fields)


def _correct(call: Call) -> Any:
    _words, *inputs = asking.corrected(call)
    found = activities.activity(call.actor, int(call.key))
    hidden = added_hidden(call.actor, found, inputs, {row.name: row.text for row in inputs})
    fields = changed(typed(call.request.POST, inputs), hidden)
    return correct_activity(actor=call.actor, activity_id=found.pk, text=call.text("text"), fields=fields)


def _complete(call: Call) -> Any:
    return carry_out(call.actor, call.deal.pk, call.key, texts(call.request.POST), call.request.FILES.get("file"))


def _give_task(call: Call) -> Any:
    return create_task(
        **call.about,
        kind=call.text("kind"),
        title=call.text("title"),
        due_at=asking.due(call.request.POST),
        owner_id=whole(call.text("owner")),
    )


def _add_contact(call: Call) -> Any:
    fields = typed(call.request.POST, contact_inputs())
    return customers.create_contact(actor=call.actor, customer_id=call.deal.customer_id or 0, fields=fields)


def _decide(call: Call) -> Any:
    granted = call.text("decision") == "grant"
    return deals.decide_approval(**call.about, request_id=int(call.key), granted=granted, note=call.text("note"))


def _person(call: Call) -> int:
    person = whole(call.text("person"))
    if person is None:
        raise UnknownPerson(person=call.text("person") or "—", field="person")
    return person


def _delegate(call: Call) -> Any:
    asked: dict[str, Any] = {"request_id": int(call.key), "note": call.text("note")}
    return approvals.delegate_approval(**call.about, to=_person(call), **asked)


def _add_approver(call: Call) -> Any:
    asked: dict[str, Any] = {
        "request_id": int(call.key),
        "first": call.text("first") == "first",
        "note": call.text("note"),
    }
    return approvals.add_approver(**call.about, person=_person(call), **asked)


@transaction.atomic
def _ask_waivers(call: Call) -> None:
    """Ask for each condition that a reason was chosen or written for."""
    to = call.request.GET.get("to") or None
    names = [row.name for row in asking.waivers_to_ask(call)]
    keys = [name.removeprefix("reason.") for name in names if name.startswith("reason.")]
    wanted = [key for key in keys if call.text(f"reason.{key}").strip() or call.text(f"kind.{key}")]
    if not wanted:
        raise ReasonMissing(field=next(iter(names), ""))
    for key in wanted:
        try:
            reason, kind = (call.text(f"{part}.{key}") for part in ("reason", "kind"))
            waivers.ask_waiver(**call.about, condition=key, reason=reason, reason_key=kind, to=to)
        except Refusal as refusal:
            part = "kind" if refusal.params.get("field") == "reason_key" else "reason"
            refusal.params["field"] = f"{part}.{key}"
            raise


def _answer_waiver(call: Call) -> Any:
    granted = call.text("decision") == "grant"
    return waivers.answer_waiver(**call.about, request_id=int(call.key), granted=granted, note=call.text("note"))


def _share(call: Call) -> Any:
    return collaborators.add_collaborator(**call.about, user_id=_person(call), may_write=call.text("may") == "write")


STEPS: dict[str, Step] = {
    "back": Step(
        _("Send back"), _("Send back"), _("Sent back."), asking.stages_back,
        lambda call: deals.advance_deal(**call.seen, to=call.text("to"), note=call.text("note")),
        note=_("What was done stays on record. The deal can be moved on again when it is ready."),
    ),
    "lose": Step(
        _("Close as lost"), _("Close as lost"), _("Closed as lost."), asking.loss,
        lambda call: deals.lose_deal(**call.seen, reason=call.text("reason"), note=call.text("note")),
        is_grave=True,
    ),
    "park": Step(
        _("Set aside"), _("Set aside"), _("Set aside."), asking.setting_aside,
        lambda call: deals.park_deal(
            **call.seen, note=call.text("note"), again_on=reading.day(call.text("again_on"), field="again_on")
        ),
        note=_("A deal set aside no longer counts as open. Reopen it when the customer is ready."),
    ),
    "reopen": Step(
        _("Reopen"), _("Reopen"), _("Reopened in the stage it was left in."), asking.nothing,
        lambda call: deals.reopen_deal(**call.seen),
        note=_("The deal goes on in the stage it was left in."),
    ),
    "transfer": Step(
        _("Hand over"), _("Hand over"), _("Handed over."), asking.new_owner, _transfer,
        warns=lambda call: loss(call.actor, DEALS_TRANSFER), undo=_transfer_back,
    ),
    "claim": Step(
        _("Claim"), _("Claim"), _("Claimed. It is yours now."), asking.nothing,
        lambda call: pools.claim_deal(**call.about),
    ),
    "release": Step(
        _("Release into the public pool"), _("Release"), _("Released into the public pool."), asking.pool, _release,
        note=_("Members of the pool can claim the deal; you lose it."), is_grave=True,
    ),
    "waive": Step(
        _("Waive a condition"), _("Waive"), _("Waived and put on record."), asking.waiver,
        lambda call: waivers.waive_condition(
            **call.about,
            condition=call.text("condition"),
            reason=call.text("reason"),
            reason_key=call.text("reason_key"),
        ),
        note=_("Who waived what and why stays on record and counts in the waiver rate."),
    ),
    "change": Step(_("Edit the deal"), _("Save"), _("Saved."), asking.all_facts, _change),
    "action": Step(_("Mark as done"), _("Mark as done"), _("Marked as done."), asking.evidence, _complete),
    "correct": Step(
        _("Correct the follow-up"), _("Save"), _("Corrected."), asking.corrected, _correct,
        note=_("Everybody sees the new words; the log keeps what was written first."),
    ),
    "task": Step(_("New task or plan"), _("Save"), _("Planned."), asking.task, _give_task),
    "contact": Step(_("New contact"), _("Save"), _("Contact saved."), asking.contact, _add_contact),
    "ask_waiver": Step(
        _("Ask for a waiver"), _("Ask"), _("Asked; you are told what is decided."), asking.waivers_to_ask, _ask_waivers,
        note=_("Write why it can't be met, at each condition you need waived. Whoever may waive sees it at once."),
    ),
    "answer_waiver": Step(
        _("Decide on a waiver"), _("Waive"), _("Your decision is saved."), asking.decision, _answer_waiver,
        asked=deciding.waiver,
    ),
    "withdraw_waiver": Step(
        _("Take back the request"), _("Take back"), _("Taken back."), asking.nothing,
        lambda call: waivers.withdraw_waiver(**call.about, request_id=int(call.key)),
    ),
    "collaborator": Step(
        _("Add a collaborator"), _("Save"), _("Saved."), asking.collaborator, _share,
        note=_("Whoever works on it may do what their role allows, but not hand it over, close it as lost or waive."),
    ),
    "collaborator_off": Step(
        _("Take off"), _("Take off"), _("Taken off."), asking.nothing,
        lambda call: collaborators.remove_collaborator(**call.about, user_id=int(call.key)),
    ),
    "hand_over_read": Step(
        _("Read the hand-over"), _("Got it"), _("Good luck with it."), asking.nothing,
        lambda call: deals.acknowledge_hand_over(**call.about),
    ),
    "approval": Step(
        _("Decide an approval"), _("Grant"), _("Your decision is saved."), asking.decision, _decide,
        asked=deciding.approval,
    ),
    "delegate_approval": Step(
        _("Pass an approval on"), _("Pass on"), _("Passed on."), asking.another_approver, _delegate,
        note=_("They decide in your place, and see the deal until they have."), asked=deciding.approval,
    ),
    "add_approver": Step(
        _("Add an approver"), _("Add"), _("Asked."), asking.one_more, _add_approver,
        note=_("The move then needs their yes as well as yours."), asked=deciding.approval,
    ),
    "withdraw_approval": Step(
        _("Take back the request"), _("Take back"), _("Taken back."), asking.note,
        lambda call: approvals.withdraw_approval(
            **call.about, request_id=int(call.key), note=call.text("note")
        ),
        asked=deciding.approval,
    ),
}  # fmt: skip


def kept(inputs: list[Input], call: Call, refusal: Any) -> list[Input]:
    """The inputs with what was typed, and the refusal's sentence at the field that it is about."""
    about = reading.field_of(refusal)
    return [
        replace(
            row,
            value=call.request.POST.get(row.name, row.value if row.kind != "checkbox" else ""),
            error=str(refusal.params.get("problem") or refusal) if row.name == about else "",
        )
        for row in inputs
    ]
