"""What hangs on a customer in tables that the CRM doesn't know; registered from above, moved when two are merged."""

from django.db.models import Model

_tables: dict[str, type[Model]] = {}


def register(*models: type[Model]) -> None:
    """These tables have a `customer` that a merge changes."""
    _tables.update({model._meta.label: model for model in models})


def tables() -> dict[str, type[Model]]:
    """Every table registered, by its label."""
    return dict(_tables)
