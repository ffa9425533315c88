"""Who may publish processes may manage the business lines that have them."""

from typing import Any

from django.db import migrations

PUBLISH, MANAGE = "process.publish", "lines.manage"


def grant(apps: Any, editor: Any) -> None:
    """Give the new permission to the roles that publish."""
    for role in apps.get_model("accounts", "Role").objects.all():
        if PUBLISH in role.permissions and MANAGE not in role.permissions:
            role.permissions = sorted([*role.permissions, MANAGE])
            role.save(update_fields=["permissions"])


def take(apps: Any, editor: Any) -> None:
    """Take it from every role."""
    for role in apps.get_model("accounts", "Role").objects.all():
        if MANAGE in role.permissions:
            role.permissions = [name for name in role.permissions if name != MANAGE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("process", "0016_business_lines"), ("accounts", "0004_token_made_with")]
    operations = [migrations.RunPython(grant, take)]
