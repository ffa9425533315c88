"""Setting Django up for a command, and making sure that its database is there and up to date."""

import os

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation

from dealrail.cli import words
from dealrail.cli.errors import NewerDatabase, NotMigrated


def set_up() -> None:
    """Load settings and apps, and let refusals speak the language of the command line. Raises BadSetting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    translation.activate(words.language())


def require_database() -> None:
    """Refuse with NotMigrated or NewerDatabase unless the tables are those of this version."""
    executor = MigrationExecutor(connection)
    _refuse_newer(executor)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated()


def is_untouched() -> bool:
    """Whether the database has no tables of ours at all: a home in which nothing was ever done."""
    return not MigrationExecutor(connection).loader.applied_migrations


def _refuse_newer(executor: MigrationExecutor) -> None:
    loader = executor.loader
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
    ours = [f"{app}.{name}" for app, name in unknown if app in loader.migrated_apps]
    if ours and not any(key in loader.replacements for key in unknown):
        raise NewerDatabase(migration=ours[0])


def migrate() -> list[str]:
    """Bring all tables up to date, the cache's too, and return the migrations applied. Refuses with NewerDatabase."""
    executor = MigrationExecutor(connection)
    _refuse_newer(executor)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    return [f"{step.app_label}.{step.name}" for step, _backwards in plan]
