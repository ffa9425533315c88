"""What the import screens have the worker do: forget uploads that nobody came back to."""

import time
from datetime import timedelta

from dealrail.events.clocks import register_step
from dealrail.web.imports.staging import KEPT_FOR, forget_before


def forget_uploads() -> bool:
    """Delete uploads older than their notes are good for; never True, as it deletes all."""
    forget_before(time.time() - KEPT_FOR)
    return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("web.forget_uploads", forget_uploads, every=timedelta(minutes=10))
