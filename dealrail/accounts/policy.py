"""Who may do what: asked by every action, and turned into a filter by every read."""

from typing import Any

from django.db.models import Q

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed
from dealrail.accounts.models import User
from dealrail.accounts.permissions import Permission
from dealrail.accounts.permissions import registered as registered

MOST_NAMED = 1000


def register(*permissions: Permission) -> None:
    """Make permissions known, so that roles may hold them and screens may name them."""
    registered.update({permission.key: permission for permission in permissions})


def require(actor: Actor, permission: str) -> None:
    """Refuse with NotAllowed unless the actor holds the permission at all."""
    if not actor.may(permission):
        raise NotAllowed(permission=permission)


def owned_within(actor: Actor, permission: str, *, owner: str = "owner") -> Q:
    """The records whose owner lies within the actor's reach of this permission, as a filter."""
    reach = actor.reach(permission)
    if reach.everything:
        return Q(pk__isnull=False)  # an empty Q would vanish beside an “or”, and narrow instead of widen
    within = Q(pk__in=[])
    if reach.own:
        within |= Q(**{owner: actor.user_id})
    if reach.units:
        within |= Q(**{f"{owner}__in": _people_of(actor, reach.units)})
    return within


def _people_of(actor: Actor, units: frozenset[int]) -> Any:
    """Who belongs to these departments, told to the database one by one: then it takes its indexes, also beside an OR.

    So many that most records are theirs anyway remain a subquery.
    """
    named = [person for unit in units for person in actor.people.get(unit, ())]
    if units <= actor.people.keys() and len(named) <= MOST_NAMED:
        return sorted(named)
    return User.objects.filter(unit__in=units).values("pk")


def people_within(actor: Actor, permission: str) -> frozenset[int] | None:
    """The ids of the people whose records lie within reach; None when everything does."""
    reach = actor.reach(permission)
    if reach.everything:
        return None
    others = User.objects.filter(unit__in=reach.units).values_list("pk", flat=True) if reach.units else ()
    return frozenset(others) | (frozenset([actor.user_id]) if reach.own else frozenset())
