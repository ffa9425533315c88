"""Running deals by the version they follow, and taking them over to another one (迁移)."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import F
from ninja import Query, Router
from pydantic import BaseModel, Field

from dealrail.accounts.actor import Actor
from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import Body, Id, Version, storable
from dealrail.api.shapes.parts import Ref, plain, ref
from dealrail.crm import queries
from dealrail.crm.actions import migrations as actions

router = Router(tags=["processes"])


class StandingOut(BaseModel):
    """How many running deals stand in a stage of a version."""

    version: int
    stage: str
    stage_name: str
    deals: int


class NewMigration(Body):
    """Which running deals go over to which version, when, and where each old stage leads."""

    version: Version | None = Field(None, description="The number of the version they go over to; the one in force.")
    mapping: dict[str, str | None] = Field(
        {},
        description="Old stage → new stage, by keys; null lets the deals of a stage stay. What is left out goes to the "
        "stage of the same key, or stays where there is none.",
    )
    filter: dict[str, Any] = Field({}, description="A filter over the fields that `when` knows; all deals if empty.")
    at_next_move: bool = Field(False, description="Each goes over right after somebody moved it.")
    note: str = Field(description="Why; it stands in the record for ever.")


class MigrationOut(BaseModel):
    """How far a migration is: of `total` deals so many went over, wait for their next move, or stay.

    `filter` is empty also where it asks about a field that you may not see.
    """

    id: int
    version: int
    mapping: dict[str, str]
    filter: dict[str, Any]
    at_next_move: bool
    note: str
    status: str
    total: int
    done: int
    waiting: int
    refused: int
    dropped: int
    started_by: Ref | None
    created_at: datetime
    finished_at: datetime | None


class MigratedOut(BaseModel):
    """What became of a deal: done, waiting, refused or dropped. `why`: no_customer, or fault."""

    deal: Ref
    from_stage: str
    result: str
    why: str


class ResultQuery(Paged):
    """Deals with this result; all when left out."""

    result: str = ""


def _shown(actor: Actor, rows: list[Any]) -> list[MigrationOut]:
    counts = queries.results_of([row.pk for row in rows])
    names = ("mapping", "at_next_move", "note", "status", "total", "created_at", "finished_at")
    told: list[dict[str, Any]] = [{**plain(row, *names), **counts[row.pk]} for row in rows]
    return [
        MigrationOut(
            id=row.pk,
            version=row.version.number,
            filter=queries.filter_as_seen(actor, row.filter),
            started_by=ref(row.started_by),
            **figures,
        )
        for row, figures in zip(rows, told, strict=True)
    ]


def _deals(rows: list[Any]) -> list[MigratedOut]:
    return [
        MigratedOut(deal=Ref(id=row.deal_id, name=row.deal.name), **plain(row, "from_stage", "result", "why"))
        for row in rows
    ]


@router.get("/processes/{key}/running", response=list[StandingOut])
def list_running(request: ApiRequest, key: str) -> list[StandingOut]:
    """Where the running deals of a process stand, by version and stage."""
    return [
        StandingOut(version=row.number, stage=row.stage.key, stage_name=row.stage.name, deals=row.deals)
        for row in queries.running_deals(request.auth, storable(key))
    ]


@router.get("/processes/{key}/migrations", response=Page[MigrationOut])
def list_migrations(request: ApiRequest, key: str, asked: Query[Paged]) -> Page[MigrationOut]:
    """The migrations of a process, the latest first."""
    return paged(queries.migrations(request.auth, storable(key)), asked, show=partial(_shown, request.auth))


@router.post("/processes/{key}/migrations", response={201: MigrationOut})
def start_migration(request: ApiRequest, key: str, given: NewMigration) -> MigrationOut:
    """Take running deals over to a version; it is done in the background, deal by deal."""
    migration = actions.start_migration(
        actor=request.auth,
        process=storable(key),
        version=given.version,
        mapping={old: new or "" for old, new in given.mapping.items()},
        wanted=given.filter,
        at_next_move=given.at_next_move,
        note=given.note,
    )
    return _shown(request.auth, [queries.migration(request.auth, key, migration.pk)])[0]


@router.get("/processes/{key}/migrations/{migration_id}", response=MigrationOut)
def read_migration(request: ApiRequest, key: str, migration_id: Id) -> MigrationOut:
    """How far a migration is."""
    return _shown(request.auth, [queries.migration(request.auth, storable(key), migration_id)])[0]


@router.get("/processes/{key}/migrations/{migration_id}/deals", response=Page[MigratedOut])
def list_migrated(request: ApiRequest, key: str, migration_id: Id, asked: Query[ResultQuery]) -> Page[MigratedOut]:
    """What became of the deals of a migration that one may see."""
    migration = queries.migration(request.auth, storable(key), migration_id)
    rows = queries.migrated_deals(request.auth, migration.pk, storable(asked.result))
    return paged(rows, asked, [F("deal").asc()], show=_deals)


@router.post("/processes/{key}/migrations/{migration_id}/stop", response=MigrationOut)
def stop_migration(request: ApiRequest, key: str, migration_id: Id) -> MigrationOut:
    """End a migration where it stands; who waits for its next move no longer does."""
    stopped = actions.stop_migration(actor=request.auth, process=storable(key), migration_id=migration_id)
    return _shown(request.auth, [stopped])[0]
