"""Which deals a funnel counts, and which of them stand behind one of its figures, within the actor's sight."""

from datetime import date, datetime, time
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dealrail.accounts import policy as accounts
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.accounts.queries import units_below
from dealrail.crm import queries as crm
from dealrail.crm.models import Deal
from dealrail.insights.permissions import INSIGHTS_READ
from dealrail.insights.queries.counting import FORWARD, GATED, IN_TIME, LATE
from dealrail.insights.rules import Cohort, Figure
from dealrail.process.models import Debt, Stay

_GATED = {
    Figure.DUE: Q(conditions_due__gt=0),
    Figure.MET: IN_TIME & Q(conditions_due__gt=F("conditions_waived")),
    Figure.WAIVED: Q(conditions_waived__gt=0),
    Figure.LATE: LATE & Q(conditions_due__gt=F("conditions_waived")),
}


def cohort_deals(actor: Actor, cohort: Cohort) -> QuerySet[Deal]:
    """The deals a funnel counts. Refuses with NotAllowed."""
    accounts.require(actor, INSIGHTS_READ)
    wanted = Q(run__version__definition__key=cohort.process)
    if cohort.start:
        wanted &= Q(run__started_at__gte=midnight(cohort.start))
    if cohort.end:
        wanted &= Q(run__started_at__lt=midnight(cohort.end))
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


def recordable(day: date) -> date:
    """The day itself; one before or after all that can be recorded is drawn in, or zones overflow."""
    return min(max(day, _FIRST), _LAST)


def midnight(day: date) -> datetime:
    """When a day begins here."""
    return timezone.make_aware(datetime.combine(recordable(day), time()))


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
        deals = deals.filter(run__in=Stay.objects.filter(GATED, _GATED[figure]).values("run"))
    elif figure is not Figure.ALL:
        deals = deals.filter(run__in=_runs_with_stay(figure, stage))
    return deals.order_by("-pk")


def _runs_with_stay(figure: Figure, stage: str | None) -> QuerySet[Any]:
    stays = Stay.objects.filter(stage__key=stage)
    if figure is Figure.HERE:
        stays = stays.filter(left_at__isnull=True)
    if figure is Figure.MOVED_ON:
        stays = stays.filter(exit__in=FORWARD)
    return stays.values("run")
