"""Running deals by the version of the process they follow, and their migrations to another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.core import clock
from dealrail.core.filters import compile_filter
from dealrail.crm import policy
from dealrail.crm.models import Deal, MigratedDeal, Migration
from dealrail.crm.queries.fields import condition_fields
from dealrail.process import policy as process_policy
from dealrail.process import queries as processes
from dealrail.process.models import DefinitionVersion, Stage
from dealrail.process.permissions import PROCESS_PUBLISH
from dealrail.process.rules import STAYS, ProcessSpec, StageSpec, State, target

RUNNING = policy.LIVING & (Q(stage_now__isnull=False) | Q(state=State.PARKED))
"""Deals that are under way, or set aside: those that follow a version from now on."""


MIGRATION_RESULTS = MigratedDeal.Result.choices


@dataclass(frozen=True)
class Standing:
    """How many running deals stand in a stage of a version."""

    version_id: int
    stage_id: int
    deals: int

    @property
    def number(self) -> int:
        """Which version of its process it is."""
        return processes.number_of(self.version_id)

    @property
    def stage(self) -> StageSpec:
        """What that version says of the stage."""
        return processes.stage_spec(self.version_id, self.stage_id)


def running_deals(actor: Actor, key: str) -> list[Standing]:
    """Where all running deals of a process stand, stage by stage of each version that has any.

    Refuses with NotAllowed or NoSuchProcess.
    """
    process_policy.require_sees_draft(actor, key)
    rows = Deal.objects.filter(RUNNING, run__version__definition=processes.current_version(key).definition_id)
    counted = rows.order_by().values("run__version", "run__stage", "run__stage__position").annotate(deals=Count("pk"))
    ordered = counted.order_by("run__version__number", "run__stage__position")
    return [Standing(*row) for row in ordered.values_list("run__version", "run__stage", "deals")]


def deals_going_over(
    version: DefinitionVersion,
    spec: ProcessSpec,
    mapping: Mapping[str, str],
    wanted: Mapping[str, Any],
    *,
    begun: bool = False,
) -> QuerySet[Deal]:
    """The running deals of other versions that a mapping takes over and a filter keeps. Refuses with BadFilter.

    One that has `begun` goes on, though a field that its filter asks about was hidden from some or went out of use.
    """
    kept = compile_filter(wanted, condition_fields(spec, judging=begun), now=clock.now(), me=0)
    stages = Stage.objects.filter(version__definition=version.definition_id).exclude(version=version.pk)
    leaving = [
        pk
        for version_id, pk in stages.values_list("version", "pk")
        if target(mapping, processes.stage_spec(version_id, pk), spec) != STAYS
    ]
    return Deal.objects.filter(RUNNING, kept, run__stage__in=leaving)


def deals_left(migration: Migration) -> QuerySet[Deal]:
    """The deals a migration has still to look at, in their order."""
    spec = processes.spec_of(migration.version_id)
    rows = deals_going_over(migration.version, spec, migration.mapping, migration.filter, begun=True)
    return rows.filter(pk__gt=migration.reached).order_by("pk")


def migrations(actor: Actor, key: str) -> QuerySet[Migration]:
    """The migrations of a process, the latest first. Refuses with NotAllowed or NoSuchProcess."""
    accounts.require(actor, PROCESS_PUBLISH)
    definition = processes.current_version(key).definition_id
    rows = Migration.objects.filter(version__definition=definition)
    return rows.select_related("version__definition", "started_by").defer("version__content").order_by("-pk")


def migration(actor: Actor, key: str, migration_id: int) -> Migration:
    """One migration of a process; refuse with NotAllowed, NoSuchProcess or NotFound."""
    found = migrations(actor, key).filter(pk=migration_id).first()
    if found is None:
        raise NotFound()
    return found


def results_of(migration_ids: list[int]) -> dict[int, dict[str, int]]:
    """How many deals of each of these migrations met each result."""
    counts: dict[int, dict[str, int]] = {pk: dict.fromkeys(MigratedDeal.Result.values, 0) for pk in migration_ids}
    rows = MigratedDeal.objects.filter(migration__in=migration_ids).order_by()
    for pk, result, count in rows.values_list("migration", "result").annotate(Count("pk")):
        counts[pk][result] = count
    return counts


def migrated_deals(actor: Actor, migration_id: int, result: str = "") -> QuerySet[MigratedDeal]:
    """What became of the deals of a migration, as far as the actor may see them."""
    seen = Deal.objects.filter(policy.visible_deals(actor), pk=OuterRef("deal"))
    rows = MigratedDeal.objects.filter(Exists(seen), migration=migration_id).select_related("deal").order_by("deal")
    return rows.filter(result=result) if result else rows


def specs_in_use() -> list[ProcessSpec]:
    """The processes that records go through: the versions in force, and those of deals that go on or are set aside."""
    running = Deal.objects.filter(RUNNING).order_by().values_list("run__version", flat=True).distinct()
    return [processes.spec_of(pk) for pk in sorted({*running, *(row.pk for row in processes.current_versions())})]
