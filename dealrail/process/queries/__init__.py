"""Reading definitions (cached, since a version never changes), approvals and waivers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dealrail.accounts.actor import Actor
from dealrail.core.reading import once
from dealrail.core.texts import listed
from dealrail.process import rules
from dealrail.process.errors import (
    LossReasonMissing,
    NoSuchProcess,
    UnknownLossReason,
    UnknownStage,
    UnknownWaiverReason,
    WaiverReasonMissing,
)
from dealrail.process.models import (
    LIVE_APPROVALS,
    ApprovalPart,
    ApprovalRequest,
    Debt,
    Definition,
    DefinitionVersion,
    Run,
    Stage,
    Stay,
    Waiver,
    WaiverRequest,
)
from dealrail.process.rules import END, ProcessSpec, StageSpec

# Who has which part in an approval, with their names; without `brought_by`, which only few have.
PARTS = Prefetch("parts", ApprovalPart.objects.select_related("user").order_by("seat", "pk"))


@lru_cache(maxsize=512)
def spec_of(version_id: int) -> ProcessSpec:
    """The content of a version; cached for ever, since it never changes."""
    return rules.parse(DefinitionVersion.objects.values_list("content", flat=True).get(pk=version_id))


@lru_cache(maxsize=512)
def number_of(version_id: int) -> int:
    """Which version of its process a version is."""
    return DefinitionVersion.objects.values_list("number", flat=True).get(pk=version_id)


@lru_cache(maxsize=512)
def _stage_ids(version_id: int) -> dict[str, int]:
    return dict(Stage.objects.filter(version=version_id).values_list("key", "pk"))


@lru_cache(maxsize=4096)
def stage_spec(version_id: int, stage_id: int) -> StageSpec:
    """What the definition says of a stage row."""
    key = next(key for key, pk in _stage_ids(version_id).items() if pk == stage_id)
    return spec_of(version_id).stage(key)


def stage_id(version_id: int, key: str) -> int:
    """The row of a stage; refuse with UnknownStage."""
    ids = _stage_ids(version_id)
    if key not in ids:
        raise UnknownStage(stage=key, known=listed(stage.name for stage in spec_of(version_id).stages))
    return ids[key]


def stage_name(spec: ProcessSpec, key: str) -> str:
    """A stage's name; the end has none and keeps its key."""
    return key if key == END or not spec.has_stage(key) else spec.stage(key).name


def forget_cached_versions() -> None:
    """Empty the caches, after a database was replaced under a running process (restore, tests)."""
    for cached in (spec_of, number_of, _stage_ids, stage_spec):
        cached.cache_clear()


@once
def definitions() -> QuerySet[Definition]:
    """Every process, in the company's order."""
    return Definition.objects.order_by("position", "pk")


@once
def current_version(key: str) -> DefinitionVersion:
    """The version in force of a process; refuse with NoSuchProcess."""
    version = (
        DefinitionVersion.objects.filter(definition__key=key).select_related("definition").order_by("-number").first()
    )
    if version is None:
        raise NoSuchProcess(process=key)
    return version


def versions_in_force(keys: Collection[str]) -> QuerySet[DefinitionVersion]:
    """The version in force of each of these processes."""
    newer = DefinitionVersion.objects.filter(definition=OuterRef("definition"), number__gt=OuterRef("number"))
    rows = DefinitionVersion.objects.filter(~Exists(newer), definition__key__in=keys)
    return rows.select_related("definition")


def current_versions() -> list[DefinitionVersion]:
    """The version in force of every process, in the company's order."""
    return [current_version(definition.key) for definition in definitions()]


def versions_of(key: str) -> QuerySet[DefinitionVersion]:
    """Every version of a process, the newest first."""
    rows = DefinitionVersion.objects.filter(definition__key=key).select_related("definition", "published_by")
    return rows.order_by("-number")


def versions_listed(key: str) -> QuerySet[DefinitionVersion]:
    """The same without what they say, which is long: for a list of who published what, when and why."""
    return versions_of(key).defer("content")


def version(key: str, number: int | None = None) -> DefinitionVersion:
    """One version of a process, the one in force unless told; refuse with NoSuchProcess."""
    rows = versions_of(key)
    found = (rows if number is None else rows.filter(number=number)).first()
    if found is None:
        raise NoSuchProcess(process=key)
    return found


def stages_of(version_id: int) -> QuerySet[Stage]:
    """A version's stages in order."""
    return Stage.objects.filter(version=version_id).order_by("position")


def stages_ever(key: str, *, also: Collection[str]) -> list[StageSpec]:
    """The stages in force of a process, and behind them those of older versions whose keys stand in `also`.

    Refuses with NoSuchProcess.
    """
    stages = {stage.key: stage for stage in spec_of(current_version(key).pk).stages}
    older = specs_ever(key) if also else []
    for stage in (stage for spec in reversed(older) for stage in spec.stages if stage.key in also):
        stages.setdefault(stage.key, stage)
    return list(stages.values())


def specs_ever(key: str) -> list[ProcessSpec]:
    """What the versions of a process say, the oldest first. Refuses with NoSuchProcess."""
    return [spec_of(pk) for pk in versions_of(key).order_by("number").values_list("pk", flat=True)]


def stage_ids_ever(key: str) -> dict[str, list[int]]:
    """The rows of each stage of a process, in all its versions."""
    found: dict[str, list[int]] = {}
    for stage, pk in Stage.objects.filter(version__definition__key=key).order_by("pk").values_list("key", "pk"):
        found.setdefault(stage, []).append(pk)
    return found


def stages_called(key: str, stages: Collection[str]) -> QuerySet[Stage]:
    """The rows of these stages of a process, in all its versions."""
    return Stage.objects.filter(version__definition__key=key, key__in=stages)


def every_stage() -> Iterator[tuple[str, int, int, str]]:
    """Every stage of every version: the key of its process, its version, its row and its key."""
    rows = Stage.objects.order_by("pk").values_list("version__definition__key", "version", "pk", "key")
    return iter(rows)


def time_limits() -> list[int]:
    """The different numbers of days that stages of any version may take."""
    rows = Stage.objects.filter(time_limit_days__gt=0).order_by("time_limit_days")
    return [days for days in rows.values_list("time_limit_days", flat=True).distinct() if days]


def follow_up_limits() -> list[int]:
    """The different numbers of days that stages of any version may go without a follow-up."""
    rows = Stage.objects.filter(follow_up_days__gt=0).order_by("follow_up_days")
    return [days for days in rows.values_list("follow_up_days", flat=True).distinct() if days]


def was_published_since(version_id: int, moment: datetime) -> bool:
    """Whether another version of the same process came into force after this moment."""
    own = DefinitionVersion.objects.filter(pk=version_id).values("definition")
    return DefinitionVersion.objects.filter(definition__in=own, published_at__gt=moment).exists()


def loss_reason(spec: ProcessSpec, text: str) -> tuple[str, str]:
    """Key and name of a loss reason given by either; refuse with LossReasonMissing or UnknownLossReason."""
    if not text.strip():
        raise LossReasonMissing()
    found = _among(spec.loss_reasons, text)
    if found is None:
        raise UnknownLossReason(reason=text[:80], known=listed(spec.loss_reasons.values()))
    return found


def waiver_reason(spec: ProcessSpec, text: str) -> str:
    """The key of a waiver reason given by key or name; empty where the process has none and none is given.

    Refuses with WaiverReasonMissing or UnknownWaiverReason.
    """
    known = listed(spec.waiver_reasons.values()) or "—"
    if not text.strip():
        if spec.waiver_reasons:
            raise WaiverReasonMissing(field="reason_key", known=known)
        return ""
    found = _among(spec.waiver_reasons, text)
    if found is None:
        raise UnknownWaiverReason(field="reason_key", reason=text[:80], known=known)
    return found[0]


def _among(reasons: Mapping[str, str], text: str) -> tuple[str, str] | None:
    """Key and name of the reason that is called like this, or has this key."""
    return next(((key, name) for key, name in reasons.items() if text.strip() in {key, name}), None)


def pending_approvals(run_ids: Iterable[int]) -> QuerySet[ApprovalRequest]:
    """Approvals these runs are waiting for."""
    return (
        ApprovalRequest.objects.filter(run__in=run_ids, status=ApprovalRequest.Status.PENDING)
        .select_related("asked_by")
        .prefetch_related(PARTS)
        .order_by("pk")
    )


def live_approvals(run_id: int) -> QuerySet[ApprovalRequest]:
    """Approvals a run waits for, and those granted for a move that it hasn't made yet."""
    rows = ApprovalRequest.objects.filter(run=run_id, status__in=LIVE_APPROVALS)
    return rows.prefetch_related(PARTS).order_by("pk")


def runs_with_live_approvals(run_ids: Iterable[int]) -> list[int]:
    """Those of these runs that wait for an approval, or were granted one for a move that they haven't made yet."""
    rows = ApprovalRequest.objects.filter(run__in=list(run_ids), status__in=LIVE_APPROVALS)
    return list(rows.order_by("run").values_list("run", flat=True).distinct())


def refused_approvals(runs: Iterable[int] | QuerySet[Any, Any]) -> list[ApprovalRequest]:
    """What was refused to these runs in the stage they are in, and neither asked for again nor waived since."""
    status = ApprovalRequest.Status
    rows = ApprovalRequest.objects.filter(run__in=runs, stay__left_at__isnull=True).exclude(status=status.WITHDRAWN)
    waived = Waiver.objects.filter(stay=OuterRef("stay"), condition=OuterRef("condition"), ended_at__isnull=True)
    refused = ApprovalRequest.objects.filter(stay=OuterRef("stay"), status=status.REFUSED)
    found = rows.filter(Exists(refused), ~Exists(waived)).select_related("run", "asked_by", "decided_by").order_by("pk")
    latest = {(row.stay_id, row.condition, row.to): row for row in found}
    return [row for row in latest.values() if row.status == status.REFUSED]


def pending_waiver_requests(runs: Iterable[int] | QuerySet[Any, Any]) -> QuerySet[WaiverRequest]:
    """What is asked to be waived for these runs, the oldest first."""
    rows = WaiverRequest.objects.filter(run__in=runs, status=WaiverRequest.Status.PENDING)
    return rows.select_related("run", "asked_by").order_by("asked_at", "pk")


def refused_waiver_requests(run_id: int) -> list[WaiverRequest]:
    """What was not waived for a run in the stage it is in, and neither asked for again nor waived since."""
    rows = WaiverRequest.objects.filter(run=run_id, stay__left_at__isnull=True)
    waived = Waiver.objects.filter(stay=OuterRef("stay"), condition=OuterRef("condition"), ended_at__isnull=True)
    latest = {row.condition: row for row in rows.filter(~Exists(waived)).select_related("decided_by").order_by("pk")}
    return [row for row in latest.values() if row.status == WaiverRequest.Status.REFUSED]


def approvals_for(actor: Actor) -> QuerySet[ApprovalRequest]:
    """Approvals that wait for this person."""
    mine = ApprovalPart.objects.filter(user=actor.user_id, part=ApprovalPart.Part.WAITING).values("request")
    rows = ApprovalRequest.objects.filter(status=ApprovalRequest.Status.PENDING, pk__in=mine)
    return rows.prefetch_related(PARTS).order_by("asked_at", "pk")


def asked_by(actor: Actor) -> QuerySet[ApprovalRequest, Any]:
    """The runs for whose stage this person asked somebody's approval, as a subquery."""
    return ApprovalRequest.objects.filter(asked_by=actor.user_id, stay__left_at__isnull=True).values("run")


def stays_of(run_id: int) -> QuerySet[Stay]:
    """A run's stays, first to last."""
    return Stay.objects.filter(run=run_id).select_related("stage").order_by("entered_at", "pk")


def open_debts(run_id: int) -> QuerySet[Debt]:
    """What an imported run still owes to its SOP."""
    return Debt.objects.filter(run=run_id, settled_at__isnull=True).select_related("stage").order_by("pk")


def debt_counts(run_ids: Iterable[int]) -> dict[int, int]:
    """How much each of these runs still owes to its SOP; runs without debts are left out."""
    open_rows = Debt.objects.filter(run__in=list(run_ids), settled_at__isnull=True)
    return dict(open_rows.order_by().values_list("run").annotate(Count("pk")))


def debts_of(run: OuterRef) -> Coalesce:
    """How much a run named by an outer statement still owes to its SOP, as an expression."""
    open_rows = Debt.objects.filter(run=run, settled_at__isnull=True).order_by()
    return Coalesce(Subquery(open_rows.values("run").annotate(count=Count("pk")).values("count")), 0)


def open_stay_id(run_id: int) -> int | None:
    """The stay a run is in; None when it is lost, parked or finished."""
    open_stay = Stay.objects.filter(run=run_id, left_at__isnull=True).values_list("pk", flat=True)
    return next(iter(open_stay), None)


def stay_at(run_id: int, moment: datetime, *, slack: timedelta) -> int | None:
    """The stay a run was in at this moment; one that began within `slack` after it counts, for clocks differ."""
    begun = Stay.objects.filter(run=run_id, entered_at__lte=moment + slack).order_by("-entered_at", "-pk").first()
    return begun.pk if begun and (begun.left_at is None or begun.left_at >= moment) else None


def changed_versions() -> list[str]:
    """Published versions whose text is no longer the one that was published."""
    rows = DefinitionVersion.objects.select_related("definition").order_by("pk").iterator()
    return [f"{row.definition.key} v{row.number}" for row in rows if rules.digest(row.content) != row.digest]


def runs_with_wrong_stay() -> int:
    """How many runs are open without an open stay in their stage, or stopped with one."""
    open_stay = Stay.objects.filter(run=OuterRef("pk"), left_at__isnull=True)
    going_on = Q(state__in=[rules.State.OPEN, rules.State.WON], finished_at__isnull=True)
    lacking = Run.objects.filter(going_on).filter(~Exists(open_stay.filter(stage=OuterRef("stage"))))
    left_over = Run.objects.exclude(going_on).filter(Exists(open_stay))
    return lacking.count() + left_over.count()
