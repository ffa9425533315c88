"""Who could take something over: the likely ones first, in groups, and what becomes of it for who gives it away."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealrail.accounts import queries as people
from dealrail.accounts.actor import Actor
from dealrail.web.people.choosing import named_people

Groups = tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...]


def heirs(actor: Actor, *, roles: Collection[str] = (), but: int | None = None, reading: str = "") -> Groups:
    """Active people as options, `but` one: the actor's department, then holders of these roles, then the others.

    With `reading`, a permission, who is marked would own it out of the actor's sight, unless everybody would.
    """
    left = list(people.active_people().exclude(pk=but or 0))
    holders = set(people.active_holding(roles).values_list("pk", flat=True)) if roles else set()
    mark = _mark(actor, left, reading)
    groups: list[tuple[Any, Callable[[Any], bool]]] = [
        (_("My department"), lambda person: actor.unit_id is not None and person.unit_id == actor.unit_id),
        (_("Their role fits this stage"), lambda person: person.pk in holders),
        (_("Others"), lambda person: True),
    ]
    found = []
    for label, belongs in groups:
        rows = [person for person in left if belongs(person)]
        left = [person for person in left if not belongs(person)]
        if rows:
            found.append((label, _options(rows, mark)))
    return tuple(found)


def _options(rows: Iterable[Any], mark: Collection[int]) -> tuple[tuple[str, Any], ...]:
    word = gettext("out of your sight")
    return tuple((str(pk), f"{name} · {word}" if pk in mark else name) for pk, name in named_people(rows, whole=True))


def _mark(actor: Actor, rows: Collection[Any], permission: str) -> set[int]:
    gone = {person.pk for person in rows if permission and not in_reach(actor, permission, person)}
    return gone if len(gone) < len(rows) else set()


def in_reach(actor: Actor, permission: str, person: Any) -> bool:
    """Whether what this person owns lies within the actor's reach of a permission."""
    reach = actor.reach(permission)
    return reach.covers(owner_id=person.pk, owner_unit_id=person.unit_id, user_id=actor.user_id)


def loss(actor: Actor, permission: str) -> str:
    """What giving something away takes from the actor: nothing who reaches everything."""
    reach = actor.reach(permission)
    if reach.everything:
        return ""
    if reach.units:
        return gettext(
            "What goes to somebody outside your departments is no longer yours: it may leave your sight, and you can’t "
            "take it back. Only who has it then, or their manager, can hand it back."
        )
    return gettext(
        "What you hand over is no longer yours: it may leave your sight, and you can’t take it back. Only who has it "
        "then, or their manager, can hand it back."
    )
