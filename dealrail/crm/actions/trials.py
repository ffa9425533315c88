"""Trying a text of a process: dry runs over running deals (试运行), replays of past moves (回放); no deal changes."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.crm import migrating, queries, trying
from dealrail.crm.errors import DatesCrossed, NothingToTry
from dealrail.crm.facts import TrialStarted
from dealrail.crm.models import Trial, TrialRow
from dealrail.events.engine import record
from dealrail.process import checks, policy, rules
from dealrail.process import queries as processes
from dealrail.process.errors import BadDefinition, OtherProcess

Status = Trial.Status
Kind = Trial.Kind
# Of each kind for a process so many are kept.
KEPT = 10
MOST_MOVES = 10_000
LAST_MOVES = 300
PIECE = 100


@transaction.atomic
def start_dry_run(
    *,
    actor: Actor,
    process: str,
    content: Mapping[str, Any] | None = None,
    version: int | None = None,
    mapping: Mapping[str, str] | None = None,
    wanted: Mapping[str, Any] | None = None,
) -> Trial:
    """Find out where running deals would stand under this content, and what would hold them up there today.

    Without content that of a published version is tried, of the one in force unless told, on the deals of the others.
    `mapping` and `wanted` are those of a migration. Raises NotAllowed, NoSuchProcess, BadDefinition, OtherProcess,
    UnknownStage, MappingChangesWins, BadFilter or NothingToTry.
    """
    trial = _tried(actor, Kind.DRY_RUN, process, content, version)
    spec = rules.parse(trial.content)
    trial.mapping = migrating.complete_mapping(process, spec, mapping or {}, without=trial.version_id)
    trial.filter = dict(wanted or {})
    return _started(trial, queries.deals_to_try(trial, spec).count(), actor)


@transaction.atomic
def start_replay(
    *,
    actor: Actor,
    process: str,
    content: Mapping[str, Any] | None = None,
    version: int | None = None,
    moves: int | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Trial:
    """Ask the gates of this content about moves forward by what was on record at each of them.

    Of the last ones (1 to 10,000, else 300), or of those of the days from `since` to `until`, then 10,000 unless told.
    It can't say how people would have reacted. Raises NotAllowed, NoSuchProcess, BadDefinition, OtherProcess,
    DatesCrossed or NothingToTry.
    """
    if since and until and until < since:
        raise DatesCrossed()
    trial = _tried(actor, Kind.REPLAY, process, content, version)
    trial.reached = queries.last_event_id() + 1
    trial.since, trial.until = since, until
    asked = (MOST_MOVES if since or until else LAST_MOVES) if moves is None else moves
    most = min(max(asked, 1), MOST_MOVES)
    return _started(trial, queries.moves_to_try(trial)[:most].count(), actor)


def _tried(actor: Actor, kind: str, process: str, content: Mapping[str, Any] | None, version: int | None) -> Trial:
    policy.require_sees_draft(actor, process)
    published = processes.version(process, version)
    if content is not None and (problems := checks.problems(content)):
        raise BadDefinition(problems)
    if content is not None and content["process"] != process:
        raise OtherProcess(given=content["process"], process=process)
    kept = published.content if content is None else dict(content)
    return Trial(
        kind=kind,
        process_id=published.definition_id,
        version=published if content is None else None,
        content=kept,
        created_at=clock.now(),
        started_by_id=actor.user_id or None,
    )


def _started(trial: Trial, total: int, actor: Actor) -> Trial:
    if not total:
        raise NothingToTry()
    trial.total = total
    trial.save()
    old = Trial.objects.filter(kind=trial.kind, process=trial.process_id).order_by("-pk").values_list("pk", flat=True)
    Trial.objects.filter(pk__in=list(old[KEPT:])).delete()
    fact = TrialStarted(
        process_id=trial.process_id,
        key=trial.content["process"],
        name=trial.content["name"],
        trial_id=trial.pk,
        of=trial.kind,
        version=trial.version.number if trial.version else None,
        count=total,
    )
    record(fact, actor=actor)
    return trial


@transaction.atomic
def step_trial(*, actor: Actor, trial_id: int) -> bool:
    """Judge the next piece of a trial; verdicts are written together with how far it is. False once it has ended."""
    trial = Trial.objects.select_for_update(of=("self",)).filter(pk=trial_id, status=Status.RUNNING).first()
    if trial is None:
        return False
    left = min(PIECE, trial.total - trial.looked_at)
    judged, reached = _DOING[trial.kind](trial, left) if left else ([], trial.reached)
    TrialRow.objects.bulk_create([trying.as_row(trial, row) for row in judged])
    trial.figures = trying.add_up(trial.figures, judged)
    if reached == trial.reached:
        trial.total = trial.looked_at
        trial.status, trial.finished_at = Status.DONE, clock.now()
    trial.looked_at += len(judged)
    trial.reached = reached
    trial.save()
    return trial.status == Status.RUNNING


Piece = tuple[list[trying.Judged], int]


def _try_deals(trial: Trial, most: int) -> Piece:
    spec = rules.parse(trial.content)
    deals = list(queries.deals_to_try(trial, spec, begun=True)[:most])
    return trying.try_deals(deals, spec, trial.mapping), max([deal.pk for deal in deals], default=trial.reached)


def _replay(trial: Trial, most: int) -> Piece:
    events = list(queries.moves_to_try(trial)[:most])
    judged = trying.replay_moves(events, rules.parse(trial.content))
    return judged, min([event.pk for event in events], default=trial.reached)


_DOING: dict[str, Callable[[Trial, int], Piece]] = {Kind.DRY_RUN: _try_deals, Kind.REPLAY: _replay}


@transaction.atomic
def stop_trial(*, actor: Actor, process: str, trial_id: int) -> Trial:
    """End a trial where it stands; what was judged stays readable. Raises NotAllowed, NoSuchProcess or NotFound."""
    queries.trial(actor, process, trial_id)
    trial = Trial.objects.select_for_update(of=("self",)).get(pk=trial_id)
    if trial.status == Status.RUNNING:
        trial.status, trial.finished_at = Status.STOPPED, clock.now()
        trial.save(update_fields=["status", "finished_at"])
    return trial
