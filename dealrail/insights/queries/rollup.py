"""Reading the tallies of a cohort: sums that the worker keeps, set right by what has happened since.

A figure is what the cells say, without what deals touched since they were folded added to them, and with what these
deals count now. So it is that of a recount at any moment, however far behind the worker is.
"""

from collections import defaultdict
from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.accounts.queries import units_below
from dealrail.crm import policy
from dealrail.crm.models import Deal
from dealrail.events import queries as log
from dealrail.insights.models import FunnelCell, FunnelFact, FunnelState
from dealrail.insights.queries.cohorts import cohort_deals, midnight, recordable
from dealrail.insights.queries.counting import ByStage, Joined, by_stage
from dealrail.insights.rules import COUNTS, PEOPLE, Cohort, Days, Tally, level_for, unpacked, whole_months

# With more events than this to be folded, counting all anew is quicker than setting right.
MOST_BEHIND = 5000
TRIES = 3
# What the rollup is built by: another version of it or another time zone, and it is built anew.
RULES = f"1 {settings.TIME_ZONE}"


def counted(actor: Actor, cohort: Cohort) -> ByStage:
    """What the deals of a cohort count, stage by stage. Refuses with NotAllowed."""
    deals = cohort_deals(actor, cohort)
    for _ in range(TRIES):
        if (state := usable()) is None:
            break
        found = _set_right(actor, cohort, deals, state[0])
        if found is None:
            break
        if usable() == state:  # nothing was folded between two statements
            return found
    return by_stage(deals)


def usable() -> tuple[int, int] | None:
    """Up to which event the rollup is folded, and its revision; None while it isn't built."""
    built = FunnelState.objects.filter(pk=1, is_built=True, rules=RULES)
    state: tuple[int, int] | None = built.values_list("folded_to", "revision").first()
    return state


def _set_right(actor: Actor, cohort: Cohort, deals: QuerySet[Deal], folded_to: int) -> ByStage | None:
    # What is seen for another reason is looked up before what was touched: so a deal whose reason changes in between is
    # touched, and counted once.
    sight = policy.sight_of_deals(actor)
    counted_anew = set() if sight is None else _shown(actor, deals, sight)
    touched = log.subjects_after(folded_to, kind="deal", most=MOST_BEHIND)
    if touched is None:
        return None
    counted_anew |= touched
    first, last, cuts = whole_months(cohort.start and recordable(cohort.start), cohort.end and recordable(cohort.end))
    wanted = _placed(cohort, first, last) & (Q() if sight is None else sight.within(won_by="credited"))
    found: ByStage = defaultdict(Tally)
    _add_cells(found, wanted, level_for(_needed(cohort, sight)))
    if touched:
        for tallies in FunnelFact.objects.filter(wanted, pk__in=touched).values_list("tallies", flat=True):
            for stage, plain in tallies.items():
                found[stage].add(Tally.unpack(plain), -1)
    if counted_anew:
        _add(found, by_stage(deals.filter(pk__in=counted_anew)))
    if cuts:
        _add(found, by_stage(deals.filter(_began_in(cuts)).exclude(pk__in=counted_anew)))
    return found


def _shown(actor: Actor, deals: QuerySet[Deal], sight: policy.Sight) -> set[int]:
    others = list(policy.deals_shown(actor))
    return set(deals.filter(pk__in=others).exclude(sight.within()).values_list("pk", flat=True)) if others else set()


def _placed(cohort: Cohort, first: date | None, last: date | None) -> Q:
    """The months as a whole, people, product and region of a cohort, for cells and facts alike."""
    wanted = Q(process=cohort.process)
    if first:
        wanted &= Q(month__gte=first)
    if last:
        wanted &= Q(month__lt=last)
    if cohort.unit_id:
        wanted &= Q(credited__in=User.objects.filter(unit__in=units_below(cohort.unit_id)).values("pk"))
    if cohort.owner_id:
        wanted &= Q(credited=cohort.owner_id)
    for field in ("product", "region"):
        if value := getattr(cohort, f"{field}_id"):
            wanted &= Q(**{field: value})
    return wanted


def _needed(cohort: Cohort, sight: policy.Sight | None) -> list[str]:
    """What the cells must tell apart."""
    people = PEOPLE if sight or cohort.unit_id or cohort.owner_id else ()
    return [*people, *(field for field in ("product", "region") if getattr(cohort, f"{field}_id"))]


def _began_in(cuts: list[Days]) -> Q:
    began = Q()
    for start, end in cuts:
        began |= Q(run__started_at__gte=midnight(start), run__started_at__lt=midnight(end))
    return began


def _add_cells(found: ByStage, wanted: Q, level: int) -> None:
    sums = {name: Sum(name) for name in COUNTS}
    rows = FunnelCell.objects.filter(wanted, level=level).values("stage").order_by()
    rows = rows.annotate(lengths=Joined("tenths", filter=~Q(tenths="")), **sums)
    for stage, lengths, *counts in rows.values_list("stage", "lengths", *sums):
        found[stage].add(Tally.of(map(int, counts), unpacked(lengths or "")))


def _add(found: ByStage, tallies: ByStage) -> None:
    for stage, tally in tallies.items():
        found[stage].add(tally)
