"""Dry runs and replays of processes, and what they have still to look at."""

from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import clock
from dealrail.core.filters import compile_filter
from dealrail.crm import policy
from dealrail.crm.models import Deal, Trial, TrialRow
from dealrail.crm.queries.fields import condition_fields
from dealrail.crm.queries.versions import RUNNING
from dealrail.events import queries as log
from dealrail.events.models import Event
from dealrail.process import policy as process_policy
from dealrail.process import queries as processes
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.rules import Exit, ProcessSpec

VERDICTS = dict(TrialRow.Verdict.choices)


def deals_to_try(trial: Trial, spec: ProcessSpec, *, begun: bool = False) -> QuerySet[Deal]:
    """The running deals that a dry run has still to look at, in their order. Refuses with BadFilter.

    One that has `begun` goes on, though a field that its filter asks about was hidden from some or went out of use.
    """
    kept = compile_filter(trial.filter, condition_fields(spec, judging=begun), now=clock.now(), me=0)
    rows = Deal.objects.filter(RUNNING, kept, run__version__definition=trial.process_id, pk__gt=trial.reached)
    others = (rows.exclude(run__version=trial.version_id) if trial.version_id else rows).filter(_in_sight(trial))
    return others.select_related("run").order_by("pk")


def is_partial(trial: Trial) -> bool:
    """Whether it only looks at deals that who started it may see: figures over others would tell of them.

    Who publishes processes has to know of all deals whether they would be stuck.
    """
    return trial.started_by is not None and not _starter(trial).may(PROCESS_PUBLISH)


def _in_sight(trial: Trial) -> Q:
    return policy.visible_deals(_starter(trial)) if is_partial(trial) else Q()


def _starter(trial: Trial) -> Actor:
    return people.actor_for(trial.started_by, channel="system")


def moves_to_try(trial: Trial) -> QuerySet[Event]:
    """The moves forward that a replay has still to look at, the last first; of its days, where it has some."""
    known = Deal.objects.filter(policy.LIVING, _in_sight(trial))
    ours = known.filter(pk=OuterRef("subject_id"), run__version__definition=trial.process_id)
    moved = Event.objects.filter(Exists(ours), kind="deal.stage_changed", pk__lt=trial.reached)
    if trial.since:
        moved = moved.filter(occurred_at__gte=_midnight(trial.since))
    if trial.until:
        moved = moved.filter(occurred_at__lt=_midnight(trial.until + timedelta(days=1)))
    return moved.filter(payload__how__in=[Exit.FORWARD, Exit.END]).order_by("-pk")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def last_event_id() -> int:
    """The latest event there is."""
    return log.latest()


def trials(actor: Actor, key: str) -> QuerySet[Trial]:
    """The dry runs and replays of a process, the latest first. Refuses with NotAllowed or NoSuchProcess."""
    process_policy.require_sees_draft(actor, key)
    rows = Trial.objects.filter(process=processes.current_version(key).definition_id)
    return rows.select_related("started_by", "version").defer("content", "version__content").order_by("-pk")


def trial(actor: Actor, key: str, trial_id: int) -> Trial:
    """One dry run or replay of a process; refuse with NotAllowed, NoSuchProcess or NotFound."""
    found = trials(actor, key).filter(pk=trial_id).first()
    if found is None:
        raise NotFound()
    return found


def tried(
    actor: Actor, trial_id: int, *, verdict: str = "", stage: str = "", condition: str = ""
) -> QuerySet[TrialRow]:
    """The deals or moves of a trial that the actor may see; of this verdict, stage, and condition holding them up."""
    seen = Deal.objects.filter(policy.visible_deals(actor), pk=OuterRef("deal"))
    rows = TrialRow.objects.filter(Exists(seen), trial=trial_id).select_related("deal").order_by("pk")
    given = {"verdict": verdict, "stage": stage, "blocking__contains": f",{condition}," if condition else ""}
    return rows.filter(**{name: value for name, value in given.items() if value})
