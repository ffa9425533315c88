"""The cohort funnel and the execution rate, within the actor's sight."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.accounts.queries import units_below
from dealrail.core.workdays import MINUTES_PER_DAY
from dealrail.crm import queries as crm
from dealrail.crm.models import Deal
from dealrail.insights.permissions import INSIGHTS_READ
from dealrail.insights.rules import Cohort, Execution, Figure, Funnel, FunnelRow, Totals, middle, share
from dealrail.process import queries as processes
from dealrail.process.models import Debt, Run, Stay
from dealrail.process.rules import Exit, StageSpec, State

_FORWARD = (Exit.FORWARD, Exit.END)


def cohort_deals(actor: Actor, cohort: Cohort) -> QuerySet[Deal]:
    """The deals a funnel counts. Refuses with NotAllowed."""
    accounts.require(actor, INSIGHTS_READ)
    wanted = Q(run__version__definition__key=cohort.process)
    if cohort.start:
        wanted &= Q(run__started_at__gte=_midnight(cohort.start))
    if cohort.end:
        wanted &= Q(run__started_at__lt=_midnight(cohort.end))
    if cohort.unit_id:
        wanted &= _credited(Q(unit__in=units_below(cohort.unit_id)))
    if cohort.owner_id:
        wanted &= _credited(Q(pk=cohort.owner_id))
    for field in ("product", "region"):
        if value := getattr(cohort, f"{field}_id"):
            wanted &= Q(**{field: value})
    return crm.deals(actor).filter(wanted)


def _credited(people: Q) -> Q:
    """The deals of these people: who won a deal counts for it, else who owns it."""
    ids = User.objects.filter(people).values("pk")
    return Q(won_by__in=ids) | Q(won_by__isnull=True, owner__in=ids)


_FIRST, _LAST = date(1900, 1, 1), date(2200, 1, 1)


def _midnight(day: date) -> datetime:
    """When a day begins here; days before or after all that can be recorded are drawn in, or zones overflow."""
    return timezone.make_aware(datetime.combine(min(max(day, _FIRST), _LAST), time()))


def funnel(actor: Actor, cohort: Cohort) -> Funnel:
    """Count a cohort stage by stage. Refuses with NotAllowed or NoSuchProcess."""
    deals = cohort_deals(actor, cohort)
    runs = deals.order_by().values("run")
    by_stage = _stays_by_stage(runs)
    stopped = _stopped_by_stage(runs)
    totals = _totals(deals)
    rows: list[FunnelRow] = []
    for stage in processes.stages_ever(cohort.process, also=by_stage):
        before = rows[-1].reached if rows else totals.deals
        rows.append(_row(stage, by_stage.get(stage.key, {}), stopped, before, totals.deals, runs))
    return Funnel(totals=totals, rows=tuple(rows))


def _stays_by_stage(runs: QuerySet[Any]) -> dict[str, dict[str, Any]]:
    rows = (
        Stay.objects.filter(run__in=runs)
        .values("stage__key")
        .annotate(
            reached=Count("run", distinct=True),
            here=Count("run", filter=Q(left_at__isnull=True)),
            moved_on=Count("run", distinct=True, filter=Q(exit__in=_FORWARD)),
            measured=Count("pk", filter=Q(worked_minutes__isnull=False, exit__in=_FORWARD)),
        )
        .order_by()
    )
    return {str(row["stage__key"]): dict(row) for row in rows}


def _stopped_by_stage(runs: QuerySet[Any]) -> dict[tuple[str, str], int]:
    rows = (
        Run.objects.filter(pk__in=runs, state__in=[State.LOST, State.PARKED])
        .values("stage__key", "state")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return {(row["stage__key"], row["state"]): row["count"] for row in rows}


def _totals(deals: QuerySet[Deal]) -> Totals:
    states = {
        row["run__state"]: row
        for row in deals.order_by()
        .values("run__state")
        .annotate(count=Count("pk"), amount=Coalesce(Sum("amount"), Decimal(0)))
    }

    def count(state: State) -> int:
        return int(states[state]["count"]) if state in states else 0

    return Totals(
        deals=sum(count(state) for state in State),
        open=count(State.OPEN),
        won=count(State.WON),
        lost=count(State.LOST),
        parked=count(State.PARKED),
        won_amount=states[State.WON]["amount"] if State.WON in states else Decimal(0),
        open_amount=states[State.OPEN]["amount"] if State.OPEN in states else Decimal(0),
    )


def _row(
    stage: StageSpec,
    stays: dict[str, Any],
    stopped: dict[tuple[str, str], int],
    before: int,
    start: int,
    runs: QuerySet[Any],
) -> FunnelRow:
    reached, measured = stays.get("reached", 0), stays.get("measured", 0)
    return FunnelRow(
        key=stage.key,
        name=stage.name,
        kind=stage.kind,
        reached=reached,
        here=stays.get("here", 0),
        moved_on=stays.get("moved_on", 0),
        lost=stopped.get((stage.key, State.LOST), 0),
        parked=stopped.get((stage.key, State.PARKED), 0),
        from_before=share(reached, before),
        from_start=share(reached, start),
        median_days=_median_days(runs, stage.key, measured),
        stays_measured=measured,
    )


def _median_days(runs: QuerySet[Any], stage_key: str, measured: int) -> float | None:
    """Median of the stays that ended in a move forward, in working days; the database sorts, two rows travel."""
    if not measured:
        return None
    stays = Stay.objects.filter(
        run__in=runs, stage__key=stage_key, exit__in=_FORWARD, worked_minutes__isnull=False
    ).order_by("worked_minutes")
    low, high = (measured - 1) // 2, measured // 2
    minutes = middle([minutes or 0 for minutes in stays.values_list("worked_minutes", flat=True)[low : high + 1]])
    return None if minutes is None else round(minutes / MINUTES_PER_DAY, 1)


def funnel_deals(actor: Actor, cohort: Cohort, figure: Figure, stage: str | None = None) -> QuerySet[Deal]:
    """The deals behind one figure of a funnel, newest first."""
    deals = cohort_deals(actor, cohort)
    if figure in {Figure.OPEN, Figure.WON} or (figure in {Figure.LOST, Figure.PARKED} and stage is None):
        deals = deals.filter(run__state=figure.value)
    elif figure in {Figure.LOST, Figure.PARKED}:
        deals = deals.filter(run__state=figure.value, run__stage__key=stage)
    elif figure is Figure.OWING:
        deals = deals.filter(run__in=Debt.objects.filter(settled_at__isnull=True).values("run"))
    elif figure in _GATED:
        deals = deals.filter(run__in=_gated_stays().filter(_GATED[figure]).values("run"))
    elif figure is not Figure.ALL:
        deals = deals.filter(run__in=_runs_with_stay(figure, stage))
    return deals.order_by("-pk")


def _runs_with_stay(figure: Figure, stage: str | None) -> QuerySet[Any]:
    stays = Stay.objects.filter(stage__key=stage)
    if figure is Figure.HERE:
        stays = stays.filter(left_at__isnull=True)
    if figure is Figure.MOVED_ON:
        stays = stays.filter(exit__in=_FORWARD)
    return stays.values("run")


_LIMIT = F("stage__time_limit_days") * MINUTES_PER_DAY
_LATE = Q(worked_minutes__gt=_LIMIT)
# not simply the opposite: without a limit or a length, nothing is known to be late
_IN_TIME = Q(worked_minutes__lte=_LIMIT) | Q(worked_minutes__isnull=True) | Q(stage__time_limit_days__isnull=True)
_GATED = {
    Figure.DUE: Q(conditions_due__gt=0),
    Figure.MET: _IN_TIME & Q(conditions_due__gt=F("conditions_waived")),
    Figure.WAIVED: Q(conditions_waived__gt=0),
    Figure.LATE: _LATE & Q(conditions_due__gt=F("conditions_waived")),
}


def _gated_stays() -> QuerySet[Stay]:
    """The stays that ended in passing a gate, as far as the record and not a sheet tells of them."""
    return Stay.objects.filter(exit__in=_FORWARD, assumed=False)


def execution(actor: Actor, cohort: Cohort) -> Execution:
    """How faithfully the SOP was followed by the deals of a cohort. Refuses with NotAllowed."""
    runs = cohort_deals(actor, cohort).order_by().values("run")
    kept = F("conditions_due") - F("conditions_waived")
    sums = (
        _gated_stays()
        .filter(run__in=runs)
        .aggregate(
            due=Coalesce(Sum("conditions_due"), 0),
            waived=Coalesce(Sum("conditions_waived"), 0),
            late=Coalesce(Sum(kept, filter=_LATE), 0),
        )
    )
    debts = Debt.objects.filter(run__in=runs).aggregate(
        all=Count("pk"), settled=Count("pk", filter=Q(settled_at__isnull=False))
    )
    return Execution(
        due=sums["due"],
        met=sums["due"] - sums["waived"] - sums["late"],
        waived=sums["waived"],
        late=sums["late"],
        debts=debts["all"],
        debts_settled=debts["settled"],
    )
