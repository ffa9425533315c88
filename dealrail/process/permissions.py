"""Permissions about processes; pure."""

from dealrail.accounts.permissions import Permission

PROCESS_PUBLISH = "process.publish"
PROCESS_WAIVE = "process.waive"

PERMISSIONS = (
    Permission(PROCESS_PUBLISH, "发布流程", "Publish processes", scoped=False),
    Permission(PROCESS_WAIVE, "放行", "Waive conditions"),
)
