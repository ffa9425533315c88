"""Carrying out the actions an SOP asks for, with their evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.activities import policy, queries
from dealrail.activities.errors import ActionAlreadyDone, CustomerNeeded, EvidenceMissing, NoSuchAction
from dealrail.activities.facts import ActionCompleted, ActionTakenBack
from dealrail.activities.models import COUNTS, ActionDone, Activity, Task
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.core.uploads import Upload, keep, name_of
from dealrail.crm import queries as crm
from dealrail.crm.models import Customer, Deal
from dealrail.events.engine import record
from dealrail.forms import queries as forms
from dealrail.forms.actions.filling import keep_record
from dealrail.forms.engine import Files
from dealrail.forms.models import FormRecord
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.rules import ActionSpec, StageSpec

LONGEST_NOTE = 5000


@dataclass(frozen=True)
class Answers:
    """A form filled in as the evidence of an action; `seen_version` is the version of it that was looked at."""

    given: Mapping[str, Any]
    seen_version: int | None = None
    files: Files | None = None


@transaction.atomic
def complete_action(
    *,
    actor: Actor,
    deal_id: int,
    action: str,
    note: str = "",
    file: Upload | None = None,
    activity_id: int | None = None,
    form_record_id: int | None = None,
    answers: Answers | None = None,
) -> ActionDone:
    """Record that an SOP action was carried out, with the evidence it asks for.

    Where that is a form, `answers` fill it in; without, a record of it counts that was filled in in this stage, the one
    named or the latest. Raises NotFound, NotAllowed, NoSuchAction, ActionAlreadyDone, EvidenceMissing or FileRefused,
    and with answers what filling a form in raises.
    """
    deal = crm.deal_for_change(actor, deal_id)
    policy.require_can_record(actor, deal)
    spec, stage = engine.spec_and_stage(deal.run)
    found = spec.action(action)
    if found is None:
        raise NoSuchAction(action=action[:40], known=", ".join(row.key for row in spec.actions))
    if queries.is_done(deal, action):
        raise ActionAlreadyDone(action=found.name)
    activity = _follow_up(actor, deal, activity_id)
    filled = _filled(actor, deal, found, form_record_id, answers)
    _check_evidence(found, note, file, activity, filled)
    done = ActionDone.objects.create(
        run_id=deal.run_id,
        stay_id=processes.open_stay_id(deal.run_id),
        action=action,
        note=tidy(note)[:LONGEST_NOTE],
        file=keep(file, folder="evidence") if file else "",
        file_name=name_of(file) if file else "",
        activity=activity,
        form_record=filled,
        done_by_id=actor.user_id or None,
        done_at=clock.now(),
    )
    _close_task(actor, deal, action)
    record(_fact(deal, stage, found, done), actor=actor)
    return done


def _fact(deal: Deal, stage: StageSpec, spec: ActionSpec, done: ActionDone) -> ActionCompleted:
    filled = done.form_record
    return ActionCompleted(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        stage=stage.key,
        action=spec.key,
        action_name=spec.name,
        evidence=spec.evidence,
        note=done.note,
        file_name=done.file_name,
        form_name=filled.form.name if filled else "",
        form_record_id=filled.pk if filled else None,
    )


def _filled(
    actor: Actor, deal: Deal, spec: ActionSpec, record_id: int | None, answers: Answers | None
) -> FormRecord | None:
    """The form that was filled in as evidence: just now with these answers, or before in this stage.

    Whoever may carry the action out may fill its form in for this deal, or for its customer where it is about those.
    """
    if spec.evidence != "form":
        return None
    if answers is None:
        # held, so that it isn't withdrawn while it becomes a proof
        rows = forms.filled_in_stage(deal, spec.form).select_for_update(of=("self",))
        return (rows if record_id is None else rows.filter(pk=record_id)).first()
    form = forms.form(spec.form)
    customer = _customer(deal, spec) if form.about == "customer" else None
    return keep_record(
        actor=actor,
        form=form,
        answers=answers.given,
        deal=None if customer else deal,
        customer=customer,
        seen_version=answers.seen_version,
        files=answers.files,
    )


def _customer(deal: Deal, spec: ActionSpec) -> Customer:
    if deal.customer_id is None:
        raise CustomerNeeded(action=spec.name)
    return Customer.objects.select_for_update().get(pk=deal.customer_id)


def _follow_up(actor: Actor, deal: Deal, activity_id: int | None) -> Activity | None:
    """The follow-up named as evidence, or the latest one; only one made in this stage counts."""
    stay = processes.open_stay_id(deal.run_id)
    if activity_id is not None:
        found = queries.activity(actor, activity_id)
        return found if stay and found.stay_id == stay else None
    return Activity.objects.filter(stay=stay).order_by("-occurred_at").first() if stay else None


def _check_evidence(
    spec: ActionSpec, note: str, file: Upload | None, activity: Activity | None, filled: FormRecord | None
) -> None:
    if spec.evidence == "note" and not tidy(note):
        raise EvidenceMissing(action=spec.name, evidence=_("a note"), needed="note")
    if spec.evidence == "file" and file is None:
        raise EvidenceMissing(action=spec.name, evidence=_("a file"), needed="file")
    if spec.evidence == "follow_up" and activity is None:
        raise EvidenceMissing(action=spec.name, evidence=_("a follow-up in this stage"), needed="follow_up")
    if spec.evidence == "form" and filled is None:
        named = forms.form(spec.form).name
        raise EvidenceMissing(
            action=spec.name,
            evidence=_("the form “%(form)s”, filled in in this stage") % {"form": named},
            needed="form",
        )


def _close_task(actor: Actor, deal: Deal, action: str) -> None:
    open_tasks = Task.objects.filter(deal=deal, action=action, done_at__isnull=True)
    open_tasks.update(done_at=clock.now(), done_by_id=actor.user_id or None)


@transaction.atomic
def take_back_actions(*, actor: Actor, proof: FormRecord) -> None:
    """Let the actions that this form was the evidence of count as not done, now that it is withdrawn.

    Their tasks of the stage a deal is in are open again; what was moved on since stays where it is.
    """
    for done in ActionDone.objects.filter(COUNTS, form_record=proof).order_by("run"):
        done.taken_back_at = clock.now()
        done.save(update_fields=["taken_back_at"])
        deal = Deal.objects.select_related("run").get(run=done.run_id)
        if (stay := processes.open_stay_id(deal.run_id)) is not None:
            again = Task.objects.filter(deal=deal, action=done.action, stay=stay, dropped=False)
            again.update(done_at=None, done_by=None)
        record(_taken_back(deal, done.action, proof), actor=actor)


def _taken_back(deal: Deal, action: str, proof: FormRecord) -> ActionTakenBack:
    spec = engine.spec_and_stage(deal.run)[0].action(action)
    return ActionTakenBack(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        action=action,
        action_name=spec.name if spec else action,
        form_name=proof.form.name,
        form_record_id=proof.pk,
    )
