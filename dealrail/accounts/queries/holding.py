"""Reading roles, and what their holders are to do."""

from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from dealrail.accounts import policy, rules
from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotFound
from dealrail.accounts.models import Role
from dealrail.accounts.permissions import PEOPLE_MANAGE


def all_roles() -> QuerySet[Role]:
    """The roles in use, in the order they were added."""
    return every_role().filter(is_active=True)


def every_role() -> QuerySet[Role]:
    """All roles, those out of use too, in the order they were added; for what they are called."""
    return Role.objects.prefetch_related("units").order_by("pk")


def roles(actor: Actor) -> QuerySet[Role]:
    """Every role with its departments, for who manages people; refuse with NotAllowed."""
    policy.require(actor, PEOPLE_MANAGE)
    return every_role()


def roles_with_holders(actor: Actor) -> QuerySet[Role, Any]:
    """Every role with `holders`, how many active people hold it; refuse with NotAllowed."""
    return roles(actor).annotate(holders=Count("people", filter=Q(people__is_active=True)))


def scopes() -> dict[str, Any]:
    """The data scopes of roles by key, from narrow to wide."""
    return dict(Role.ScopeChoice.choices)


def role(actor: Actor, key: str) -> Role:
    """One role with its departments, for who manages people; refuse with NotAllowed or NotFound."""
    policy.require(actor, PEOPLE_MANAGE)
    found = role_or_none(key)
    if found is None:
        raise NotFound()
    return found


def role_or_none(key: str) -> Role | None:
    """The role of this key; none when there is no such role."""
    return Role.objects.prefetch_related("units").filter(key=key).first()


def targets_of_role(role: Role) -> dict[str, int]:
    """What the holders of a role are to do, and how often; 0 for no target."""
    return {name: getattr(role, name) for name in rules.TARGETS}


def targets_of(user_id: int) -> dict[str, int]:
    """What a person is to do, and how often: the highest number of their roles; 0 for no target."""
    highest = Role.objects.filter(people=user_id).aggregate(**{name: Max(name) for name in rules.TARGETS})
    return {name: highest[name] or 0 for name in rules.TARGETS}
