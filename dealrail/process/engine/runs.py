"""A run as it stands: locked for writing, with its definition and stage."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from dealrail.process import queries
from dealrail.process.errors import AlreadyFinished, NotOpen, StaleVersion
from dealrail.process.models import LIVE_APPROVALS, ApprovalRequest, Run, Stage, Stay, Waiver, WaiverRequest
from dealrail.process.rules import ProcessSpec, StageSpec, State


def require_transaction() -> None:
    """Stop a program that writes outside the transaction of an action."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the kernel writes only inside the transaction of an action")


def require_movable(run: Run) -> None:
    """Refuse with AlreadyFinished or NotOpen a run that can make no move."""
    if run.finished_at:
        raise AlreadyFinished()
    if run.state not in {State.OPEN, State.WON}:
        raise NotOpen(state=run.state)


def lock(run_id: int, *, seen_version: int | None = None) -> Run:
    """Lock a run for this transaction; refuse with StaleVersion when the caller saw an older one."""
    require_transaction()
    run = Run.objects.select_for_update().get(pk=run_id)
    refuse_stale(run, seen_version)
    return run


def refuse_stale(run: Run, seen_version: int | None) -> None:
    """Refuse with StaleVersion when the caller saw an older version of a run that is locked already."""
    if seen_version is not None and seen_version != run.revision:
        raise StaleVersion(seen=seen_version, current=run.revision)


def open_stays(run_ids: Iterable[int]) -> QuerySet[Stay]:
    """The stays these runs are in, with what hangs on them: `has_waivers`, and `is_asked` for what ends with it."""
    hanging = OuterRef("pk")
    approvals = ApprovalRequest.objects.filter(stay=hanging, status__in=LIVE_APPROVALS)
    asked = WaiverRequest.objects.filter(stay=hanging, status=WaiverRequest.Status.PENDING)
    rows = Stay.objects.filter(run__in=list(run_ids), left_at__isnull=True)
    return rows.annotate(
        has_waivers=Exists(Waiver.objects.filter(stay=hanging)), is_asked=Exists(approvals) | Exists(asked)
    )


def touch(run: Run) -> None:
    """Count a change of the record the run belongs to, so that forms opened before are stale."""
    require_transaction()
    run.revision += 1
    run.save(update_fields=["revision"])


def touch_all(run_ids: Iterable[int]) -> None:
    """The same for many runs that are locked already, in one statement."""
    require_transaction()
    Run.objects.filter(pk__in=list(run_ids)).update(revision=F("revision") + 1)


def spec_and_stage(run: Run) -> tuple[ProcessSpec, StageSpec]:
    """The definition a run follows and the stage it is in."""
    return queries.spec_of(run.version_id), queries.stage_spec(run.version_id, run.stage_id)


def next_stage(run: Run) -> str:
    """The first forward target of the stage a run is in."""
    return spec_and_stage(run)[1].next[0]


def stage_row(run: Run) -> Stage:
    """The row of the stage a run is in, from the cached definition."""
    _, stage = spec_and_stage(run)
    return Stage(pk=run.stage_id, key=stage.key, name=stage.name, kind=stage.kind)
