"""What accounts have the worker do: forget answers kept for repeated requests."""

from datetime import timedelta

from dealrail.accounts.actions.idempotency import forget_old_answers
from dealrail.accounts.actor import Actor
from dealrail.events.clocks import register_step


def forget() -> bool:
    """Drop a batch of old answers; True when there may be more."""
    return forget_old_answers(actor=Actor.system()) > 0


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("accounts.forget_old_answers", forget, every=timedelta(hours=1))
