"""Permissions about processes; pure."""

from dealrail.accounts.permissions import Permission

PROCESS_DESIGN = "process.design"
PROCESS_PUBLISH = "process.publish"
PROCESS_WAIVE = "process.waive"
LINES_MANAGE = "lines.manage"

PERMISSIONS = (
    Permission(PROCESS_DESIGN, "设计流程", "Design processes", scoped=False),
    Permission(PROCESS_PUBLISH, "发布流程", "Publish processes", scoped=False),
    Permission(PROCESS_WAIVE, "放行", "Waive conditions"),
    Permission(LINES_MANAGE, "管理业务线", "Manage business lines", scoped=False),
)
