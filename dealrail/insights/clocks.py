"""What insights have the worker do: keep the rollup of the funnel in step with the log."""

from dealrail.events.clocks import register_step
from dealrail.insights import indexing


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("insights.fold", indexing.step)
