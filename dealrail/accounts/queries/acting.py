"""Building the Actor of a request from the roles of a person."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from dealrail.accounts import policy, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import ApiToken, Role, User
from dealrail.accounts.permissions import EVERYTHING, PEOPLE_MANAGE, Reach, Scope
from dealrail.accounts.queries import holding, persons
from dealrail.accounts.queries.departments import units_below


@dataclass(frozen=True)
class _Held:
    """A role somebody holds; one with several departments of its own comes once for each."""

    key: str
    scope: str
    permissions: list[str]
    unit_id: int | None


_HELD = "held"


def actor_for(user: User, *, channel: str) -> Actor:
    """The actor a person is, with the union of what their roles allow; one to three statements, fewer after a token."""
    held: list[_Held] | None = vars(user).get(_HELD)
    if held is None:
        held = [_Held(*row) for row in user.roles.values_list("key", "scope", "permissions", "units")]
    return _acting(user, held, channel)


def seen_as(looker: Actor, *, user_id: int | None = None, role_key: str = "") -> Actor:
    """Whom an administrator sees as: another active person, or themselves holding one role only.

    Refuses with NotAllowed, NotFound, or SeesLess where the administrator may not see everything that is seen then.
    """
    policy.require(looker, PEOPLE_MANAGE)
    if user_id is not None:
        found = User.objects.filter(pk=user_id, is_active=True).exclude(pk=looker.user_id).first()
        if found is None:
            raise NotFound()
        shown = actor_for(found, channel=looker.channel)
    else:
        holder, role = persons.user(looker.user_id), holding.role(looker, role_key)
        shown = _holding_only(holder, role, looker.channel)
    policy.require_sees_as_much(looker, shown)
    return replace(shown, looker=looker)


def _holding_only(user: User, role: Role, channel: str) -> Actor:
    units: list[int | None] = [unit.pk for unit in role.units.all()]
    return _acting(user, [_Held(role.key, role.scope, role.permissions, unit) for unit in units or [None]], channel)


def _acting(user: User, held: list[_Held], channel: str) -> Actor:
    below = _below(user) if any(role.scope == Scope.SUBTREE for role in held) else frozenset[int]()
    grants: dict[str, Reach] = {}
    for role in held:
        reach = _reach(role, user, below)
        for permission in role.permissions:
            grants[permission] = grants.get(permission, Reach()) | reach
    units = frozenset[int]().union(*(reach.units for reach in grants.values()))
    return Actor(
        user_id=user.pk,
        name=user.name,
        channel=channel,
        unit_id=user.unit_id,
        grants=grants,
        roles=frozenset(role.key for role in held),
        people=_people_of(units) if units else {},
    )


def _people_of(units: frozenset[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {unit: [] for unit in units}
    for unit, person in User.objects.filter(unit__in=units).values_list("unit", "pk"):
        found[unit].append(person)
    return {unit: tuple(people) for unit, people in found.items()}


def _below(user: User) -> frozenset[int]:
    return frozenset(units_below(user.unit_id)) if user.unit_id else frozenset()


def _reach(role: _Held, user: User, below: frozenset[int]) -> Reach:
    if role.scope == Scope.ALL:
        return EVERYTHING
    if role.scope == Scope.UNITS:
        return Reach(own=True, units=frozenset([role.unit_id] if role.unit_id else []))
    if role.scope == Scope.SUBTREE and user.unit_id:
        return Reach(own=True, units=below)
    if role.scope == Scope.UNIT and user.unit_id:
        return Reach(own=True, units=frozenset([user.unit_id]))
    return Reach(own=True)


def user_of_token(token: str, *, now: datetime | None = None) -> tuple[User, ApiToken] | None:
    """The active person a live token belongs to, with the roles held; one statement."""
    rows = ApiToken.objects.select_related("user").filter(
        digest=rules.token_digest(token),
        revoked_at__isnull=True,
        expires_at__gt=now or timezone.now(),
        user__is_active=True,
    )
    roles = "user__roles"
    found = list(
        rows.annotate(
            role=F(f"{roles}__key"),
            scope=F(f"{roles}__scope"),
            grants=F(f"{roles}__permissions"),
            of=F(f"{roles}__units"),
        )
    )
    if not found:
        return None
    user = found[0].user
    vars(user)[_HELD] = [_Held(row.role, row.scope, row.grants, row.of) for row in found if row.scope]
    return user, found[0]
