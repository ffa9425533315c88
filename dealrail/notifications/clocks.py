"""What notifications have the worker do: forget what was read long ago."""

from datetime import timedelta

from dealrail.accounts.actor import Actor
from dealrail.events.clocks import register_step
from dealrail.notifications.actions import forget_old_notifications


def forget() -> bool:
    """Drop a batch of old notifications; True when there may be more."""
    return forget_old_notifications(actor=Actor.system()) > 0


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("notifications.forget_old", forget, every=timedelta(hours=1))
