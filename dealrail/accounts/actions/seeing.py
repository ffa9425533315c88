"""Seeing as somebody else, read only: when it begins and ends stands on record."""

from django.db import transaction

from dealrail.accounts import queries
from dealrail.accounts.actor import Actor
from dealrail.accounts.facts import SeeingBegan, SeeingEnded
from dealrail.events.engine import record


@transaction.atomic
def begin_seeing(*, actor: Actor, user_id: int | None = None, role_key: str = "") -> str:
    """Begin to see as another person, or as oneself holding one role only; says as whom.

    Raises NotAllowed, NotFound or SeesLess.
    """
    shown = queries.seen_as(actor, user_id=user_id, role_key=role_key)
    name = shown.name if user_id is not None else queries.role(actor, role_key).name
    key = "" if user_id is not None else role_key
    record(SeeingBegan(user_id=actor.user_id, as_user_id=user_id, as_role=key, as_name=name), actor=actor)
    return name


@transaction.atomic
def end_seeing(*, actor: Actor, user_id: int | None, role_key: str, name: str) -> None:
    """Note that one sees as oneself again."""
    record(SeeingEnded(user_id=actor.user_id, as_user_id=user_id, as_role=role_key, as_name=name), actor=actor)
