"""What the settings have the worker do: make backups that were asked for."""

from dealrail.accounts.actor import Actor
from dealrail.events.clocks import register_step
from dealrail.keeping.backups import make_asked


def make_backup() -> bool:
    """Make the backup that was asked for, if one was; there is never more to do at once."""
    make_asked(Actor.system())
    return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("web.make_backup", make_backup)
