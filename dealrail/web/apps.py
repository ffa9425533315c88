"""Registers the screens with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "dealrail.web"
    label = "web"

    def ready(self) -> None:
        """Connect with the worker."""
        from dealrail.web.imports import clocks
        from dealrail.web.settings import clocks as settings_clocks

        clocks.connect()
        settings_clocks.connect()
