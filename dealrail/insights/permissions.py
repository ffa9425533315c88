"""Permissions about insights; pure."""

from dealrail.accounts.permissions import Permission

INSIGHTS_READ = "insights.read"

PERMISSIONS = (Permission(INSIGHTS_READ, "查看分析", "See insights", scoped=False),)
