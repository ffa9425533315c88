"""Registers activities with Django, their permissions, condition kinds and reactions."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "dealrail.activities"
    label = "activities"

    def ready(self) -> None:
        from dealrail.accounts import policy
        from dealrail.activities import condition_kinds, exporting, handlers, permissions
        from dealrail.process import conditions

        policy.register(*permissions.PERMISSIONS)
        conditions.register(condition_kinds.ActionsDone())
        conditions.register(condition_kinds.FollowUps())
        handlers.connect()
        exporting.connect()
