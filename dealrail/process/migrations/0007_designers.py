"""Who may publish processes may design them, as before drafts came."""

from typing import Any

from django.db import migrations

PUBLISH, DESIGN = "process.publish", "process.design"


def grant(apps: Any, editor: Any) -> None:
    """Give the new permission to the roles that publish."""
    for role in apps.get_model("accounts", "Role").objects.all():
        if PUBLISH in role.permissions and DESIGN not in role.permissions:
            role.permissions = sorted([*role.permissions, DESIGN])
            role.save(update_fields=["permissions"])


def take(apps: Any, editor: Any) -> None:
    """Take it from every role."""
    for role in apps.get_model("accounts", "Role").objects.all():
        if DESIGN in role.permissions:
            role.permissions = [name for name in role.permissions if name != DESIGN]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("process", "0006_drafts"), ("accounts", "0004_token_made_with")]
    operations = [migrations.RunPython(grant, take)]
