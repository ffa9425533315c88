"""Carrying out the actions an SOP asks for, with their evidence."""

from django.db import transaction
from django.utils.translation import gettext as _

from dealrail.accounts.actor import Actor
from dealrail.activities import policy, queries
from dealrail.activities.errors import ActionAlreadyDone, EvidenceMissing, NoSuchAction
from dealrail.activities.facts import ActionCompleted
from dealrail.activities.models import ActionDone, Activity, Task
from dealrail.core import clock
from dealrail.core.texts import tidy
from dealrail.core.uploads import Upload, keep, name_of
from dealrail.crm import queries as crm
from dealrail.crm.models import Deal
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.rules import ActionSpec

LONGEST_NOTE = 5000


@transaction.atomic
def complete_action(
    *,
    actor: Actor,
    deal_id: int,
    action: str,
    note: str = "",
    file: Upload | None = None,
    activity_id: int | None = None,
) -> ActionDone:
    """Record that an SOP action was carried out, with the evidence it asks for.

    Raises NotFound, NotAllowed, NoSuchAction, ActionAlreadyDone, EvidenceMissing or FileRefused.
    """
    deal = crm.deal_for_change(actor, deal_id)
    policy.require_can_record(actor, deal)
    spec, stage = engine.spec_and_stage(deal.run)
    found = spec.action(action)
    if found is None:
        raise NoSuchAction(action=action[:40], known=", ".join(row.key for row in spec.actions))
    if ActionDone.objects.filter(run=deal.run_id, action=action).exists():
        raise ActionAlreadyDone(action=found.name)
    activity = _follow_up(actor, deal, activity_id)
    _check_evidence(found, note, file, activity)
    done = ActionDone.objects.create(
        run_id=deal.run_id,
        stay_id=processes.open_stay_id(deal.run_id),
        action=action,
        note=tidy(note)[:LONGEST_NOTE],
        file=keep(file, folder="evidence") if file else "",
        file_name=name_of(file) if file else "",
        activity=activity,
        done_by_id=actor.user_id or None,
        done_at=clock.now(),
    )
    _close_task(actor, deal, action)
    fact = ActionCompleted(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        stage=stage.key,
        action=action,
        action_name=found.name,
        evidence=found.evidence,
        note=done.note,
        file_name=done.file_name,
    )
    record(fact, actor=actor)
    return done


def _follow_up(actor: Actor, deal: Deal, activity_id: int | None) -> Activity | None:
    """The follow-up named as evidence, or the latest one; only one made in this stage counts."""
    stay = processes.open_stay_id(deal.run_id)
    if activity_id is not None:
        found = queries.activity(actor, activity_id)
        return found if stay and found.stay_id == stay else None
    return Activity.objects.filter(stay=stay).order_by("-occurred_at").first() if stay else None


def _check_evidence(spec: ActionSpec, note: str, file: Upload | None, activity: Activity | None) -> None:
    if spec.evidence == "note" and not tidy(note):
        raise EvidenceMissing(action=spec.name, evidence=_("a note"), needed="note")
    if spec.evidence == "file" and file is None:
        raise EvidenceMissing(action=spec.name, evidence=_("a file"), needed="file")
    if spec.evidence == "follow_up" and activity is None:
        raise EvidenceMissing(action=spec.name, evidence=_("a follow-up in this stage"), needed="follow_up")


def _close_task(actor: Actor, deal: Deal, action: str) -> None:
    open_tasks = Task.objects.filter(deal=deal, action=action, done_at__isnull=True)
    open_tasks.update(done_at=clock.now(), done_by_id=actor.user_id or None)
