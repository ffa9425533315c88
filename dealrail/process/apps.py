"""Registers the kernel with Django, its permissions and its condition kind."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "dealrail.process"
    label = "process"

    def ready(self) -> None:
        from dealrail.accounts import checks as accounts
        from dealrail.accounts import policy
        from dealrail.process import checks, clocks, condition_kinds, conditions, permissions

        policy.register(*permissions.PERMISSIONS)
        accounts.role_uses.append(checks.processes_naming)
        conditions.register(condition_kinds.Approval())
        conditions.register(condition_kinds.Cooling())
        conditions.register_given(condition_kinds.Approved(), condition_kinds.Waived(), condition_kinds.DaysInStage())
        clocks.connect()
