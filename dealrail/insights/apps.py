"""Registers insights with Django and their permission."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "dealrail.insights"
    label = "insights"

    def ready(self) -> None:
        from dealrail.accounts import policy
        from dealrail.insights import clocks, permissions

        clocks.connect()
        policy.register(*permissions.PERMISSIONS)
