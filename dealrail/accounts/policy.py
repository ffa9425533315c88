"""Who may do what: asked by every action, and turned into a filter by every read."""

from typing import Any

from django.db.models import Q

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import NotAllowed, SeesLess
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


def require_sees_as_much(looker: Actor, shown: Actor) -> None:
    """Refuse with SeesLess unless somebody may everything, everywhere, that another one may or comes to see.

    So seeing as them tells nothing new. Records are also shown to people whatever their scope (shared with them, in
    their pools); hence whoever looks must read all records.
    """
    needed = {key for key in shown.grants if key in registered}
    needed |= {key for key, permission in registered.items() if permission.scoped and key.endswith(".read")}
    lacking = [key for key in sorted(needed) if not _everywhere(looker, key)]
    if lacking:
        raise SeesLess(permissions=lacking)


def _everywhere(actor: Actor, key: str) -> bool:
    return actor.reach(key).everything or (actor.may(key) and not registered[key].scoped)


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
