"""Permissions about follow-ups, tasks and actions; pure."""

from dealrail.accounts.permissions import Permission

ACTIVITIES_RECORD = "activities.record"
TASKS_ASSIGN = "tasks.assign"

PERMISSIONS = (
    Permission(ACTIVITIES_RECORD, "写跟进、做动作", "Record follow-ups and actions"),
    Permission(TASKS_ASSIGN, "给他人派任务", "Give tasks to others"),
)
