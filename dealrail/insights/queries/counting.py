"""What is counted of deals, straight from their runs, stays and debts: the one place that says what a figure is."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Count, F, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Coalesce

from dealrail.core.workdays import MINUTES_PER_DAY
from dealrail.crm.models import Deal
from dealrail.insights.rules import Tally, tenths_of
from dealrail.process.models import Debt, Stay
from dealrail.process.rules import Exit, State

FORWARD = (Exit.FORWARD, Exit.END)
# The stays that ended in passing a gate, as far as the record and not a sheet tells of them.
GATED = Q(exit__in=FORWARD, assumed=False)
MEASURED = Q(exit__in=FORWARD, worked_minutes__isnull=False)
_LIMIT = F("stage__time_limit_days") * MINUTES_PER_DAY
LATE = Q(worked_minutes__gt=_LIMIT)
# not simply the opposite: without a limit or a length, nothing is known to be late
IN_TIME = Q(worked_minutes__lte=_LIMIT) | Q(worked_minutes__isnull=True) | Q(stage__time_limit_days__isnull=True)
_KEPT = F("conditions_due") - F("conditions_waived")

ByStage = defaultdict[str, Tally]


class Joined(Aggregate):
    """All values as one text, divided by commas; null when there are none."""

    template = "STRING_AGG((%(expressions)s)::text, ',')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same by SQLite's name for it."""
        own = self.copy()
        own.template = "GROUP_CONCAT(%(expressions)s, ',')"
        return own.as_sql(compiler, connection, **context)


def by_stage(deals: QuerySet[Deal]) -> ByStage:
    """What these deals are counted as, stage by stage."""
    return _tallies(deals, one_by_one=False).get(0, defaultdict(Tally))


def by_deal(deals: QuerySet[Deal]) -> dict[int, ByStage]:
    """The same for each of these deals by itself."""
    return _tallies(deals, one_by_one=True)


def _tallies(deals: QuerySet[Deal], *, one_by_one: bool) -> dict[int, ByStage]:
    found: defaultdict[int, defaultdict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for deal, stage, state, count, amount in _standing(deals, F("pk") if one_by_one else Value(0)):
        _stand(found[deal][stage], state, count, round(amount * 100))
    of_run = F("run__deal") if one_by_one else Value(0)
    runs = deals.order_by().values("run")
    for deal, stage, minutes, *counts in _stays(runs, of_run):
        found[deal][stage].add(Tally.of(counts, _lengths(minutes)))
    for deal, stage, debts, settled in _debts(runs, of_run):
        found[deal][stage].add(Tally(debts=debts, settled=settled))
    return dict(found)


def _stand(tally: Tally, state: str, count: int, cents: int) -> None:
    setattr(tally, state, getattr(tally, state) + count)
    if state == State.OPEN:
        tally.open_cents += cents
    elif state == State.WON:
        tally.won_cents += cents


def _lengths(minutes: str | None) -> Counter[int]:
    return Counter(tenths_of(int(one)) for one in minutes.split(",")) if minutes else Counter()


def _standing(deals: QuerySet[Deal], whose: Any) -> Iterable[Any]:
    rows = deals.order_by().annotate(whose=whose).values("whose", "run__stage__key", "run__state")
    return rows.annotate(count=Count("pk"), amounts=Coalesce(Sum("amount"), Decimal(0))).values_list(
        "whose", "run__stage__key", "run__state", "count", "amounts"
    )


def _stays(runs: QuerySet[Any], whose: Any) -> Iterable[Any]:
    rows = Stay.objects.filter(run__in=runs).annotate(whose=whose).values("whose", "stage__key").order_by()
    counts = {
        "reached": Count("run", distinct=True),
        "here": Count("run", filter=Q(left_at__isnull=True)),
        "moved_on": Count("run", distinct=True, filter=Q(exit__in=FORWARD)),
        "due": Coalesce(Sum("conditions_due", filter=GATED), 0),
        "waived": Coalesce(Sum("conditions_waived", filter=GATED), 0),
        "late": Coalesce(Sum(_KEPT, filter=GATED & LATE), 0),
    }
    return rows.annotate(minutes=Joined("worked_minutes", filter=MEASURED), **counts).values_list(
        "whose", "stage__key", "minutes", *counts
    )


def _debts(runs: QuerySet[Any], whose: Any) -> Iterable[Any]:
    rows = Debt.objects.filter(run__in=runs).annotate(whose=whose).values("whose", "run__stage__key").order_by()
    return rows.annotate(all=Count("pk"), settled=Count("pk", filter=Q(settled_at__isnull=False))).values_list(
        "whose", "run__stage__key", "all", "settled"
    )
