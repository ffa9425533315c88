"""Fills the action library from the versions in force."""

from typing import Any

from django.db import migrations
from django.db.models import Max
from django.utils import timezone

PARTS = ("key", "name", "how_to", "script", "evidence", "expected_minutes")


def collect(apps: Any, schema_editor: Any) -> None:
    """Take every action in; of two with one key that of the first process."""
    templates = apps.get_model("activities", "ActionTemplate")
    versions = apps.get_model("process", "DefinitionVersion").objects.select_related("definition")
    last = versions.order_by().values("definition").annotate(last=Max("pk")).values("last")
    now = timezone.now()
    made: dict[str, Any] = {}
    for version in versions.filter(pk__in=last).order_by("definition__position", "definition"):
        for row in version.content.get("actions", []):
            parts = {name: row[name] for name in PARTS if name in row}
            made.setdefault(row["key"], templates(changed_at=now, **parts))
    templates.objects.bulk_create(made.values())


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0005_action_library"),
        ("process", "0005_lean_indexes"),
    ]

    operations = [migrations.RunPython(collect, migrations.RunPython.noop)]
