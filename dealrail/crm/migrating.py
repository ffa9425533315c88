"""Taking a deal over to another version of its process; called inside an action's transaction."""

from collections.abc import Mapping

from dealrail.accounts.actor import Actor
from dealrail.core import clock
from dealrail.core.texts import listed
from dealrail.crm import approving, ownership
from dealrail.crm.facts import DealMigrated
from dealrail.crm.models import Deal, MigratedDeal, Migration
from dealrail.events.engine import record
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.errors import MappingChangesWins, UnknownStage
from dealrail.process.rules import END, STAYS, ProcessSpec, StageKind, StageSpec, State, changes_win, target

Result = MigratedDeal.Result
NO_CUSTOMER = "no_customer"


def complete_mapping(key: str, spec: ProcessSpec, given: Mapping[str, str], *, without: int | None) -> dict[str, str]:
    """What a mapping says of every stage of all versions of a process but one, those of the oldest first.

    Refuses with UnknownStage or MappingChangesWins.
    """
    versions = processes.versions_of(key).order_by("number").values_list("pk", flat=True)
    old = [stage for pk in versions if pk != without for stage in processes.spec_of(pk).stages]
    known = {stage.key: stage.name for stage in old}
    if unknown := [one for one in given if one not in known]:
        raise UnknownStage(stage=unknown[0][:40], known=listed(known.values()))
    complete: dict[str, str] = {}
    for stage in old:
        if given.get(stage.key):
            _refuse_unfit(stage, given[stage.key], spec)
        if complete.get(stage.key) != STAYS:
            complete[stage.key] = target(given, stage, spec)
    return complete


def _refuse_unfit(old: StageSpec, key: str, spec: ProcessSpec) -> None:
    if not spec.has_stage(key):
        raise UnknownStage(stage=key[:40], known=listed(stage.name for stage in spec.stages))
    if changes_win(old, spec.stage(key)):
        raise MappingChangesWins(stage=old.name, to=spec.stage(key).name)


def migrate(deal: Deal, migration: Migration, *, actor: Actor) -> str:
    """Take a locked deal over as a migration says; what keeps it where it is, or nothing when it went over."""
    spec, (old, left) = processes.spec_of(migration.version_id), engine.spec_and_stage(deal.run)
    to = target(migration.mapping, left, spec)
    if left.kind is StageKind.LEAD and spec.stage(to).kind is not StageKind.LEAD and deal.customer_id is None:
        return NO_CUSTOMER
    before = processes.number_of(deal.run.version_id)
    ended = engine.take_over(deal.run, migration.version_id, to, by=actor, now=clock.now())
    MigratedDeal.objects.filter(deal=deal, result=Result.WAITING).update(result=Result.DROPPED)
    fact = DealMigrated(
        deal_id=deal.pk,
        deal_name=deal.name,
        owner_id=deal.owner_id,
        process=old.key,
        from_version=before,
        to_version=processes.number_of(migration.version_id),
        from_stage=left.key,
        to_stage=to,
        how=_how(deal, is_same=left.key == to),
        waivers_ended=ended.waived,
        migration_id=migration.pk,
    )
    record(fact, actor=actor)
    approving.record_ended(deal, ended, old, left, how="migrated", actor=actor)
    if ended.approvals:
        ownership.forget_next_owner(deal)
    return ""


def _how(deal: Deal, *, is_same: bool) -> str:
    if deal.run.state == State.PARKED:
        return "set_aside"
    return "same_stage" if is_same else "new_stage"


def migrate_after_move(deal: Deal, to: str, *, actor: Actor) -> str:
    """Take over a deal that goes over at its next move, now that it moved `to` this stage; the stage it is in then.

    One whose new stage has no place in the other version goes on waiting; one that lacks something stays, with why.
    Where another version came into force since it was decided, as by rolling back, it is meant no longer, and stays.
    """
    if to == END or not vars(deal)["goes_over"]:
        return to
    waiting = MigratedDeal.objects.filter(deal=deal, result=Result.WAITING).select_related("migration")
    row = waiting.select_for_update(of=("self",)).first()
    if row is None:  # its migration was stopped meanwhile
        return to
    if processes.was_published_since(row.migration.version_id, row.migration.created_at):
        MigratedDeal.objects.filter(pk=row.pk).update(result=Result.DROPPED)
        return to
    spec, (_, stage) = processes.spec_of(row.migration.version_id), engine.spec_and_stage(deal.run)
    if not target(row.migration.mapping, stage, spec):
        return to
    row.why = migrate(deal, row.migration, actor=actor)
    row.result = Result.REFUSED if row.why else Result.DONE
    row.save(update_fields=["result", "why"])
    return engine.spec_and_stage(deal.run)[1].key
