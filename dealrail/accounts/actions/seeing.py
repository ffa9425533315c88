"""Seeing as somebody else, read only: when it begins and ends stands on record."""

from typing import Any

from django.db import transaction

from dealrail.accounts import queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.facts import LookedAs, SeeingBegan, SeeingEnded
from dealrail.events.engine import record

LONGEST_PATH = 200


@transaction.atomic
def begin_seeing(*, actor: Actor, user_id: int | None = None, role_key: str = "") -> str:
    """Begin to see as another person, or as oneself holding one role only; says as whom.

    Raises NotAllowed, NotFound or SeesLess.
    """
    shown = queries.seen_as(actor, user_id=user_id, role_key=role_key)
    told = _told(actor, shown, user_id, role_key)
    record(SeeingBegan(user_id=actor.user_id, **told), actor=actor)
    return str(told["as_name"])


@transaction.atomic
def look_as(*, actor: Actor, path: str, user_id: int | None = None, role_key: str = "") -> Actor:
    """Have one request answered as somebody else's would be; what was asked for stands on record.

    Raises what `begin_seeing` does.
    """
    shown = queries.seen_as(actor, user_id=user_id, role_key=role_key)
    told = _told(actor, shown, user_id, role_key)
    record(LookedAs(user_id=actor.user_id, path=path[:LONGEST_PATH], **told), actor=actor)
    return shown


def _told(actor: Actor, shown: Actor, user_id: int | None, role_key: str) -> dict[str, Any]:
    """As whom somebody sees."""
    if user_id is not None:
        return {"as_user_id": user_id, "as_role": "", "as_name": shown.name}
    return {"as_user_id": None, "as_role": role_key, "as_name": queries.role(actor, role_key).name}


@transaction.atomic
def end_seeing(*, actor: Actor, user_id: int | None, role_key: str, name: str) -> None:
    """Note that one sees as oneself again."""
    record(SeeingEnded(user_id=actor.user_id, as_user_id=user_id, as_role=role_key, as_name=name), actor=actor)
