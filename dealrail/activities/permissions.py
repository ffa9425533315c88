"""Permissions about follow-ups, tasks and actions; pure."""

from dealrail.accounts.permissions import Permission

ACTIVITIES_RECORD = "activities.record"
TASKS_ASSIGN = "tasks.assign"
TEXTS_SHARE = "texts.share"
ACTIONS_CHANGE = "actions.change"
EXAMPLES_PROMOTE = "examples.promote"

PERMISSIONS = (
    Permission(ACTIVITIES_RECORD, "写跟进、做动作", "Record follow-ups and actions"),
    Permission(TASKS_ASSIGN, "给他人派任务", "Give tasks to others"),
    Permission(TEXTS_SHARE, "维护共享话术模板", "Keep text templates for everybody", scoped=False),
    Permission(ACTIONS_CHANGE, "维护动作库", "Keep the action library", scoped=False),
    Permission(EXAMPLES_PROMOTE, "推荐跟进为示例", "Make follow-ups examples of the library", scoped=False),
)
