"""Registers the event log with Django."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The log of what happened, and its subscribers."""

    name = "dealrail.events"
    label = "events"

    def ready(self) -> None:
        """Register with the worker."""
        from dealrail.events import clocks

        clocks.connect()
