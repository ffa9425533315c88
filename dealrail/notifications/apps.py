"""Notifications: an app of Dealrail."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """What people are told."""

    name = "dealrail.notifications"

    def ready(self) -> None:
        """Subscribe to the log and register with the worker."""
        from dealrail.notifications import clocks, handlers

        clocks.connect()
        handlers.connect()
