"""Registers the kernel with Django, its permissions and its condition kind."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "dealrail.process"
    label = "process"

    def ready(self) -> None:
        from dealrail.accounts import policy
        from dealrail.process import condition_kinds, conditions, permissions

        policy.register(*permissions.PERMISSIONS)
        conditions.register(condition_kinds.Approval())
        conditions.register(condition_kinds.Cooling())
