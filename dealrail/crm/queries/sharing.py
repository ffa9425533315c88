"""Who sees a deal, works on it besides its owner, may waive for it, and could take it over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from dealrail.accounts import policy as accounts
from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.accounts.models import User
from dealrail.crm import permissions
from dealrail.crm.models import Collaborator, Customer, Deal, HandOver, HandOverTurn, Pool
from dealrail.crm.queries.records import deals
from dealrail.process import engine
from dealrail.process import queries as processes
from dealrail.process.models import ApprovalPart, ApprovalRequest, Waiver, WaiverRequest
from dealrail.process.permissions import PROCESS_WAIVE
from dealrail.process.rules import END, ConditionSpec, ProcessSpec, State

MOST_OFFERED = 50
MOST_DEPUTIES = 5


def collaborators(deal_id: int) -> QuerySet[Collaborator]:
    """Who works on a deal besides its owner, the longest first; for who has just seen the deal."""
    return Collaborator.objects.filter(deal=deal_id).select_related("user", "user__unit").order_by("added_at", "pk")


def who_may_waive(deal: Deal, condition: ConditionSpec) -> list[int]:
    """The ids of the people who may excuse this deal from a condition."""
    able = people.people_reaching(PROCESS_WAIVE, deal.owner).order_by("pk")
    if condition.waivable_by:
        able = able.filter(pk__in=people.active_holding(condition.waivable_by).values("pk"))
    return list(able.values_list("pk", flat=True))


def deputies(deal: Deal, request: ApprovalRequest, gone_id: int) -> list[User]:
    """Who answers an approval for somebody who was stopped: their leader, else those who may waive; not who asked."""
    leader = people.leader_above(gone_id)
    if leader and leader.pk == request.asked_by_id:
        leader = people.leader_above(leader.pk)
    if leader and leader.pk != request.asked_by_id:
        return [leader]
    condition = engine.condition_of(deal.run, request.condition)
    able = User.objects.filter(pk__in=who_may_waive(deal, condition), is_active=True)
    return list(able.exclude(pk__in=[gone_id, request.asked_by_id or 0]).order_by("pk")[:MOST_DEPUTIES])


def approvals_with(user_id: int) -> list[tuple[int, int]]:
    """The deals and requests in which somebody is to answer, now or later, for the system itself."""
    parts = ApprovalPart.objects.filter(user=user_id, part__in=[ApprovalPart.Part.WAITING, ApprovalPart.Part.LATER])
    rows = parts.filter(request__status=ApprovalRequest.Status.PENDING).order_by("request")
    return list(dict.fromkeys(rows.values_list("request__run__deal", "request")))


def waivers(actor: Actor) -> QuerySet[Waiver]:
    """The waivers given for deals that the actor sees, the latest first."""
    rows = Waiver.objects.filter(run__in=deals(actor).order_by().values("run"))
    return rows.select_related("run__deal", "stay__stage", "given_by").order_by("-given_at", "-pk")


def approvals_waiting(actor: Actor) -> QuerySet[ApprovalRequest]:
    """The approvals that wait for the actor, the oldest first; those of deleted deals are left out."""
    return processes.approvals_for(actor).filter(run__deal__deleted_at__isnull=True)


def reminders_due(now: datetime, *, most: int) -> list[tuple[int, int]]:
    """Deal and request of the approvals whose people are to be reminded by now, the oldest first; no deleted deals."""
    rows = ApprovalRequest.objects.filter(status=ApprovalRequest.Status.PENDING, remind_at__lte=now)
    due = rows.filter(run__deal__deleted_at__isnull=True).order_by("remind_at", "pk")
    return list(due.values_list("run__deal", "pk")[:most])


def being_approved(deal: Deal) -> set[str]:
    """The fields of a deal that an approval asked for or granted is about: with a change it must be asked for anew."""
    return {field for request in processes.live_approvals(deal.run_id) for field in request.about}


def waiver_requests_waiting(actor: Actor) -> QuerySet[WaiverRequest]:
    """What the actor is asked to waive, on deals they see and may waive for; the oldest first."""
    if not actor.may(PROCESS_WAIVE):
        return WaiverRequest.objects.none()
    within = deals(actor).filter(accounts.owned_within(actor, PROCESS_WAIVE)).order_by().values("run")
    return processes.pending_waiver_requests(within).select_related("run__deal", "run__stage", "asked_by")


def people_who_see(deal: Deal) -> QuerySet[User]:
    """Active people who see a deal, by name: `policy.visible_deals` from the other side."""
    return _seeing(
        people.people_reaching(permissions.DEALS_READ, deal.owner),
        people.people_reaching(permissions.DEALS_READ, deal.won_by) if deal.won_by else None,
        Collaborator.objects.filter(deal=deal).values("user"),
        ApprovalPart.objects.filter(request__run=deal.run_id, request__status=ApprovalRequest.Status.PENDING).values(
            "user"
        ),
        _of_pool(deal.pool) if deal.pool else None,
    )


def people_who_see_customer(customer: Customer) -> QuerySet[User]:
    """Active people who reach a customer, its pool or own a deal with it, by name; others may see it through deals."""
    return _seeing(
        people.people_reaching(permissions.CUSTOMERS_READ, customer.owner),
        Deal.objects.filter(customer=customer, owner__isnull=False).values("owner"),
        _of_pool(customer.pool) if customer.pool else None,
    )


def _seeing(*groups: Any) -> QuerySet[User]:
    anyhow = Q(pk__in=[])
    for group in groups:
        if group is not None:
            anyhow |= Q(pk__in=group.order_by().values("pk") if group.model is User else group)
    return User.objects.filter(anyhow, is_active=True).select_related("unit").order_by("name", "pk")


def _of_pool(pool: Pool) -> QuerySet[User]:
    managing = people.active_holders(permissions.POOLS_MANAGE)
    claiming = people.active_holders(permissions.POOLS_CLAIM)
    units = list(pool.units.values_list("pk", flat=True))
    if units:
        claiming = claiming.filter(Q(unit__in=units) | Q(pk__in=pool.admins.values("pk")))
    return User.objects.filter(Q(pk__in=managing.values("pk")) | Q(pk__in=claiming.values("pk")))


@dataclass(frozen=True)
class NextOwner:
    """Somebody who could take a deal over in its next stage, and how many open deals they have."""

    user: User
    open_deals: int


def needs_next_owner(deal: Deal, spec: ProcessSpec, to: str) -> bool:
    """Whether a stage belongs to roles of which the deal's owner holds none, so that somebody is to take it over."""
    if to == END or not spec.has_stage(to) or deal.owner_id is None:
        return False
    roles = spec.stage(to).roles
    return bool(roles) and not User.roles.through.objects.filter(user=deal.owner_id, role__key__in=roles).exists()


def next_owners(deal: Deal, spec: ProcessSpec, to: str) -> list[NextOwner]:
    """Who holds a role of this stage: those nearest in the departments first, among them who has least to do."""
    stage = spec.stage(to)
    return _nearest(deal, stage.roles or (stage.hand_over.role,))


def _nearest(deal: Deal, roles: Sequence[str]) -> list[NextOwner]:
    holding = User.roles.through.objects.filter(role__key__in=roles).values("user")
    rows = User.objects.filter(pk__in=holding, is_active=True).exclude(pk=deal.owner_id or 0).select_related("unit")
    busy = Count("deals", filter=Q(deals__state__in=[State.OPEN, State.PARKED], deals__deleted_at__isnull=True))
    offered = list(rows.annotate(open_deals=busy).order_by("open_deals", "name")[: MOST_OFFERED * 4])
    here = deal.owner.unit.path if deal.owner and deal.owner.unit else ""
    offered.sort(key=lambda person: -_shared_way(here, person.unit.path if person.unit else ""))
    return [NextOwner(person, vars(person)["open_deals"]) for person in offered[:MOST_OFFERED]]


def _shared_way(one: str, other: str) -> int:
    """How many departments two people share from the top down."""
    pairs = zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False)
    return next(
        (step for step, (left, right) in enumerate(pairs) if left != right), min(one.count("/"), other.count("/"))
    )


@dataclass(frozen=True)
class Arrival:
    """Whom the process gives a deal to in a stage; nobody where it names somebody who isn't there."""

    person: User | None


def arrival(deal: Deal, spec: ProcessSpec, to: str) -> Arrival | None:
    """Whom the process itself gives a deal to that moves forward into this stage; None where it leaves that to people,
    or the deal is with the right person already."""
    rule = spec.stage(to).hand_over if spec.has_stage(to) else None
    if rule is None or not rule.is_by_rule or deal.owner_id is None:
        return None
    if rule.role and people.people_of_role(rule.role).filter(pk=deal.owner_id).exists():
        return None
    person = _WHOM[rule.to](deal, spec, to)
    return None if person and person.pk == deal.owner_id else Arrival(person)


def _leader(deal: Deal, spec: ProcessSpec, to: str) -> User | None:
    return people.leader_above(deal.owner_id or 0)


def _person(deal: Deal, spec: ProcessSpec, to: str) -> User | None:
    found = people.user_by_login(spec.stage(to).hand_over.person)
    return found if found and found.is_active else None


def _least_busy(deal: Deal, spec: ProcessSpec, to: str) -> User | None:
    return next((row.user for row in _nearest(deal, [spec.stage(to).hand_over.role])), None)


def _next_in_turn(deal: Deal, spec: ProcessSpec, to: str) -> User | None:
    """Of those who have the role the one after who got the last deal; the first one after the last."""
    turn = HandOverTurn.objects.filter(definition__key=spec.key, stage=to).values_list("last", flat=True).first()
    holding = people.people_of_role(spec.stage(to).hand_over.role).order_by("pk")
    return holding.filter(pk__gt=turn or 0).first() or holding.first()


_WHOM: dict[str, Callable[[Deal, ProcessSpec, str], User | None]] = {
    "leader": _leader,
    "person": _person,
    "role": _least_busy,
    "turns": _next_in_turn,
}


def hand_over_to_see(actor: Actor, deal: Deal) -> HandOver | None:
    """What the actor, who owns this deal since, was handed and has not acknowledged."""
    if deal.owner_id != actor.user_id:
        return None
    rows = HandOver.objects.filter(deal=deal, handed_at__isnull=False, seen_at__isnull=True, to_user=actor.user_id)
    return rows.select_related("from_user").order_by("-pk").first()


def waiting_hand_over(deal_id: int) -> HandOver | None:
    """Who takes a deal over once its move is approved."""
    return HandOver.objects.filter(deal=deal_id, handed_at__isnull=True).select_related("to_user").first()
