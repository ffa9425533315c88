"""Registers the screens with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "dealrail.web"
    label = "web"

    def ready(self) -> None:
        """Connect with the worker."""
        from dealrail.web.imports import clocks

        clocks.connect()
