"""Taking running deals over to another version of their process (迁移), one by one; resumed after a crash, stopped."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Count, QuerySet

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.db import take_turns
from dealrail.crm import migrating, queries
from dealrail.crm.errors import MigrationUnderWay, NothingToMigrate, OtherVersionInForce
from dealrail.crm.facts import MigrationFinished, MigrationStarted
from dealrail.crm.models import Deal, MigratedDeal, Migration
from dealrail.events.engine import record
from dealrail.process import checks, engine
from dealrail.process import queries as processes
from dealrail.process.models import DefinitionVersion
from dealrail.process.permissions import PROCESS_PUBLISH

log = logging.getLogger(__name__)
Status = Migration.Status
Result = MigratedDeal.Result
FAULT = "fault"
LONGEST_NOTE = 200


@transaction.atomic
def start_migration(
    *,
    actor: Actor,
    process: str,
    version: int | None = None,
    mapping: Mapping[str, str] | None = None,
    wanted: Mapping[str, Any] | None = None,
    at_next_move: bool = False,
    note: str,
    seen_in_force: int | None = None,
) -> Migration:
    """Take note that running deals go over to a version, the one in force unless told; the worker takes them over.

    `mapping` names stages by keys, an empty one for deals that stay; an old stage that isn't named goes to that of the
    same key, or stays. `wanted` is a filter over the condition fields of the version. `seen_in_force` is the version in
    force when one looked. Raises NotAllowed, NoSuchProcess, UnknownStage, MappingChangesWins, BadFilter,
    NoteMissing, OtherVersionInForce, MigrationUnderWay or NothingToMigrate.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    to = processes.version(process, version)
    why = checks.require_note(note, longest=LONGEST_NOTE)
    take_turns("migration", [process])
    in_force = processes.current_version(process).number
    if seen_in_force not in (None, in_force):
        raise OtherVersionInForce(number=in_force)
    if queries.migrations(actor, process).filter(status=Status.RUNNING).exists():
        raise MigrationUnderWay()
    complete, going = _meant(process, to, mapping or {}, wanted or {})
    total = going.count()
    if not total:
        raise NothingToMigrate()
    migration = Migration.objects.create(
        version=to,
        mapping=complete,
        filter=dict(wanted or {}),
        at_next_move=at_next_move,
        note=why,
        total=total,
        created_at=clock.now(),
        started_by_id=actor.user_id or None,
    )
    details = {"mapping": complete, "filter": migration.filter, "at_next_move": at_next_move, "note": migration.note}
    record(MigrationStarted(**_about(migration), **details, deals=total), actor=actor)
    return migration


def _meant(
    process: str, to: DefinitionVersion, mapping: Mapping[str, str], wanted: Mapping[str, Any]
) -> tuple[dict[str, str], QuerySet[Deal]]:
    """The mapping completed, and the deals that go over."""
    spec = processes.spec_of(to.pk)
    complete = migrating.complete_mapping(process, spec, mapping, without=to.pk)
    return complete, queries.deals_going_over(to, spec, complete, wanted)


@dataclass(frozen=True)
class Preview:
    """What a migration would do: how many deals go over, from which stage to which (by keys), and what ends with it."""

    version: int
    in_force: int
    deals: int
    ways: list[tuple[str, str, int]]
    approvals: int


@transaction.atomic
def preview_migration(
    *,
    actor: Actor,
    process: str,
    version: int | None = None,
    mapping: Mapping[str, str] | None = None,
    wanted: Mapping[str, Any] | None = None,
) -> Preview:
    """What `start_migration` would take over now; writes nothing.

    Raises NotAllowed, NoSuchProcess, UnknownStage, MappingChangesWins, BadFilter or NothingToMigrate.
    """
    accounts.require(actor, PROCESS_PUBLISH)
    to = processes.version(process, version)
    complete, going = _meant(process, to, mapping or {}, wanted or {})
    counted = Counter(dict(going.order_by().values_list("run__stage__key").annotate(deals=Count("pk"))))
    if not counted:
        raise NothingToMigrate()
    return Preview(
        version=to.number,
        in_force=processes.current_version(process).number,
        deals=counted.total(),
        ways=[(old, complete[old], counted[old]) for old in complete if counted[old]],
        approvals=processes.pending_approvals(going.values_list("run", flat=True)).count(),
    )


@transaction.atomic
def migrate_deal(*, actor: Actor, migration_id: int, deal_id: int) -> bool:
    """Take the next deal of a migration over, or mark it for its next move; False once the migration has ended.

    What became of it is written together with it, so a crash neither loses nor halves a deal. One that was moved,
    deleted or changed since it was listed is judged as it is now, and passed over when it isn't meant any more.
    """
    migration = _locked(migration_id)
    if migration is None:
        return False
    if deal_id > migration.reached:
        if (deal := queries.deal_for_reaction(deal_id)) and queries.deals_left(migration).filter(pk=deal_id).exists():
            _take(deal, migration)
        migration.reached = deal_id
        migration.save(update_fields=["reached"])
    return True


def _locked(migration_id: int) -> Migration | None:
    return _for_update().filter(pk=migration_id, status=Status.RUNNING).first()


def _for_update() -> QuerySet[Migration]:
    return Migration.objects.select_related("version__definition").select_for_update(of=("self",))


def _take(deal: Deal, migration: Migration) -> None:
    _, stage = engine.spec_and_stage(deal.run)
    row = MigratedDeal(migration=migration, deal=deal, from_stage=stage.key, result=Result.WAITING)
    if migration.at_next_move:
        MigratedDeal.objects.filter(deal=deal, result=Result.WAITING).update(result=Result.DROPPED)
    else:
        row.why = _taken_over(deal, migration)
        row.result = Result.REFUSED if row.why else Result.DONE
    row.save()


def _taken_over(deal: Deal, migration: Migration) -> str:
    """What kept a deal where it is, if anything did; a fault of ours spoils one deal and not the migration."""
    try:
        with transaction.atomic():
            return migrating.migrate(deal, migration, actor=_worker(migration))
    except OperationalError:  # the database is away or busy: the same deal is tried again
        raise
    except Exception:
        log.exception("migration %s failed at deal %s", migration.pk, deal.pk)
        return FAULT


def _worker(migration: Migration) -> Actor:
    if not migration.started_by_id:
        return Actor.system("bulk")
    return people.actor_for(people.user(migration.started_by_id), channel="bulk")


@transaction.atomic
def finish_migration(*, actor: Actor, migration_id: int) -> None:
    """End a migration all of whose deals were looked at; nothing when it has ended, or when deals are left."""
    migration = _locked(migration_id)
    if migration and not queries.deals_left(migration).exists():
        _finish(migration, Status.DONE, _worker(migration))


@transaction.atomic
def stop_migration(*, actor: Actor, process: str, migration_id: int) -> Migration:
    """End a migration where it stands: who went over stays there, and who waits for its next move no longer does.

    One that has ended, and for which nobody waits, stays as it is. Raises NotAllowed, NoSuchProcess or NotFound.
    """
    queries.migration(actor, process, migration_id)
    migration = _for_update().get(pk=migration_id)
    dropped = MigratedDeal.objects.filter(migration=migration, result=Result.WAITING).update(result=Result.DROPPED)
    if dropped or migration.status == Status.RUNNING:
        _finish(migration, Status.STOPPED, actor)
    return queries.migration(actor, process, migration_id)


def _finish(migration: Migration, status: str, actor: Actor) -> None:
    migration.status, migration.finished_at = status, clock.now()
    migration.save(update_fields=["status", "finished_at"])
    counts = queries.results_of([migration.pk])[migration.pk]
    fact = MigrationFinished(
        **_about(migration),
        stopped=status == Status.STOPPED,
        done=counts[Result.DONE],
        waiting=counts[Result.WAITING],
        refused=counts[Result.REFUSED],
        started_by_id=migration.started_by_id,
    )
    record(fact, actor=actor)


def _about(migration: Migration) -> dict[str, Any]:
    version = migration.version
    spec = processes.spec_of(version.pk)
    return {
        "process_id": version.definition_id,
        "key": spec.key,
        "name": spec.name,
        "version": version.number,
        "migration_id": migration.pk,
    }
