"""What the import screens have the worker do: forget uploads that nobody came back to."""

import time

from dealrail.events.clocks import register_step
from dealrail.web.imports.staging import KEPT_FOR, forget_before

LOOK_EVERY = 10 * 60  # seconds


class ForgetUploads:
    """A step of the worker that deletes uploads older than their notes are good for; looks now and then only."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> bool:
        """Look, if it is time to; there is never more to do at once."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_EVERY
            forget_before(time.time() - KEPT_FOR)
        return False


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("web.forget_uploads", ForgetUploads())
