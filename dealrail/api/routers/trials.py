"""Trying a text of a process: dry runs over running deals (试运行), replays of past moves (回放)."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from django.db.models import F
from ninja import Query, Router
from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, Version, storable
from dealrail.api.shapes.parts import Ref, plain, ref
from dealrail.crm import queries
from dealrail.crm.actions import trials as actions
from dealrail.process import policy, texts
from dealrail.process.queries.drafts import draft

router = Router(tags=["processes"])


class Tried(Body):
    """Which text is tried: a published version, a text sent along, or else the draft."""

    version: Version | None = Field(None, description="The number of a published version.")
    yaml: str | None = Field(None, description="The text itself.")


class NewDryRun(Tried):
    """Which text, by which mapping and on which deals: as for a migration."""

    mapping: dict[str, str | None] = {}
    filter: dict[str, Any] = {}


class NewReplay(Tried):
    """Which text, and over how many moves forward, the last ones first; those of some days where they are given.

    Without a number 300, or of some days as many as there are, up to 10,000.
    """

    moves: Annotated[int, Field(ge=1, le=actions.MOST_MOVES)] | None = None
    since: date | None = Field(None, description="The first day.")
    until: date | None = Field(None, description="The last day.")


class TrialOut(BaseModel):
    """How far a dry run or replay is, and what it found so far.

    `stages` counts by “verdict:stage”, `conditions` by “verdict:stage:condition”, `won` the moves of deals won by them
    or later, by verdict. Verdicts of a dry run: open, approval, stuck, blocked, stays, parked; of a replay: passed,
    stopped, asked, gone, unknown. `filter` is empty also where it asks about a field that you may not see.
    """

    id: int
    kind: str
    version: int | None
    mapping: dict[str, str]
    filter: dict[str, Any]
    since: date | None
    until: date | None
    status: str
    total: int
    looked_at: int
    stages: dict[str, int]
    conditions: dict[str, int]
    won: dict[str, int]
    started_by: Ref | None
    created_at: datetime
    finished_at: datetime | None


class TriedOut(BaseModel):
    """The verdict on a deal, or on one of its moves; `blocking` are the conditions that hold it up or aren't known."""

    deal: Ref
    event_id: int | None
    moved_at: datetime | None
    stage: str
    verdict: str
    blocking: list[str]
    won: bool


class TriedQuery(Paged):
    """Of this verdict, in this stage, held up by this condition; all when left out."""

    verdict: str = ""
    stage: str = ""
    condition: str = ""


def _shown(actor: Actor, rows: list[Any]) -> list[TrialOut]:
    names = ("kind", "mapping", "since", "until", "status", "total", "looked_at", "created_at", "finished_at")
    return [
        TrialOut(
            id=row.pk,
            version=row.version.number if row.version else None,
            filter=queries.filter_as_seen(actor, row.filter),
            started_by=ref(row.started_by),
            **plain(row, *names),
            **{name: row.figures.get(name, {}) for name in ("stages", "conditions", "won")},
        )
        for row in rows
    ]


def _verdicts(rows: list[Any]) -> list[TriedOut]:
    return [
        TriedOut(
            deal=Ref(id=row.deal_id, name=row.deal.name),
            event_id=row.event_id or None,
            blocking=row.conditions,
            **plain(row, "moved_at", "stage", "verdict", "won"),
        )
        for row in rows
    ]


def _content(actor: Actor, key: str, given: Tried) -> Any:
    """What is tried; nothing for a published version. Refuses with NotAllowed before a long text is read."""
    policy.require_sees_draft(actor, key)
    if given.yaml is not None:
        return texts.read_yaml(given.yaml)
    return None if given.version is not None else draft(actor, key).content


@router.post("/processes/{key}/draft/dry-run", response={201: TrialOut})
def start_dry_run(request: ApiRequest, key: str, given: NewDryRun) -> TrialOut:
    """Find out where running deals would stand, and what would hold them up there today; in the background."""
    trial = actions.start_dry_run(
        actor=request.auth,
        process=storable(key),
        content=_content(request.auth, key, given),
        version=given.version,
        mapping={old: new or "" for old, new in given.mapping.items()},
        wanted=given.filter,
    )
    return _shown(request.auth, [queries.trial(request.auth, key, trial.pk)])[0]


@router.post("/processes/{key}/draft/replay", response={201: TrialOut})
def start_replay(request: ApiRequest, key: str, given: NewReplay) -> TrialOut:
    """Ask the gates about moves of the past by what was on record then; in the background.

    It can't say how people would have reacted.
    """
    content = _content(request.auth, storable(key), given)
    trial = actions.start_replay(
        actor=request.auth,
        process=key,
        content=content,
        version=given.version,
        moves=given.moves,
        since=given.since,
        until=given.until,
    )
    return _shown(request.auth, [queries.trial(request.auth, key, trial.pk)])[0]


@router.get("/processes/{key}/trials", response=Page[TrialOut])
def list_trials(request: ApiRequest, key: str, asked: Query[Paged]) -> Page[TrialOut]:
    """The last dry runs and replays of a process."""
    return paged(queries.trials(request.auth, storable(key)), asked, show=partial(_shown, request.auth))


@router.get("/processes/{key}/trials/{trial_id}", response=TrialOut)
def read_trial(request: ApiRequest, key: str, trial_id: Id) -> TrialOut:
    """How far a dry run or replay is, and what it found."""
    return _shown(request.auth, [queries.trial(request.auth, storable(key), trial_id)])[0]


@router.get("/processes/{key}/trials/{trial_id}/deals", response=Page[TriedOut])
def list_tried(request: ApiRequest, key: str, trial_id: Id, asked: Query[TriedQuery]) -> Page[TriedOut]:
    """The deals, or moves, behind a figure that one may see."""
    trial = queries.trial(request.auth, storable(key), trial_id)
    given = storable({"verdict": asked.verdict, "stage": asked.stage, "condition": asked.condition})
    return paged(queries.tried(request.auth, trial.pk, **given), asked, [F("pk").asc()], show=_verdicts)


@router.post("/processes/{key}/trials/{trial_id}/stop", response=TrialOut)
def stop_trial(request: ApiRequest, key: str, trial_id: Id) -> TrialOut:
    """End a dry run or replay where it stands."""
    actions.stop_trial(actor=request.auth, process=storable(key), trial_id=trial_id)
    return _shown(request.auth, [queries.trial(request.auth, key, trial_id)])[0]
