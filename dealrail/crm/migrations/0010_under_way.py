"""Deals repeat where their runs stand, kept so by the database, with indexes of what is under way."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

FOLLOWING = """
    UPDATE crm_deal SET
        state = NEW.state,
        stage_since = NEW.stage_entered_at,
        stage_now_id = CASE WHEN NEW.state IN ('open', 'won') AND NEW.finished_at IS NULL THEN NEW.stage_id END
    WHERE run_id = NEW.id;
"""
COLUMNS = "state, stage_id, stage_entered_at, finished_at"
SQLITE = f"CREATE TRIGGER deal_follows_run AFTER UPDATE OF {COLUMNS} ON process_run BEGIN {FOLLOWING} END"
POSTGRES = f"""
    CREATE FUNCTION deal_follows_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {FOLLOWING} RETURN NULL; END $$;
    CREATE TRIGGER deal_follows_run AFTER UPDATE OF {COLUMNS} ON process_run FOR EACH ROW
        WHEN ((OLD.state, OLD.stage_id, OLD.stage_entered_at, OLD.finished_at)
            IS DISTINCT FROM (NEW.state, NEW.stage_id, NEW.stage_entered_at, NEW.finished_at))
        EXECUTE FUNCTION deal_follows_run()
"""
FILL = """
    UPDATE crm_deal SET (state, stage_since, stage_now_id) = (
        SELECT state, stage_entered_at, CASE WHEN state IN ('open', 'won') AND finished_at IS NULL THEN stage_id END
        FROM process_run WHERE process_run.id = run_id
    )
"""


def follow(apps: Any, editor: Any) -> None:
    """Have deals follow their runs from now on."""
    editor.execute(SQLITE if editor.connection.vendor == "sqlite" else POSTGRES)


def unfollow(apps: Any, editor: Any) -> None:
    """Have them follow no more. SQLite can't write the deals' table anew while they do."""
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TRIGGER deal_follows_run")
    else:
        editor.execute("DROP FUNCTION deal_follows_run() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("crm", "0009_lean_indexes"), ("process", "0005_lean_indexes")]
    operations = [
        migrations.AddField(
            model_name="deal",
            name="stage_now",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="process.stage",
            ),
        ),
        migrations.AddField(
            model_name="deal",
            name="stage_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="deal",
            name="state",
            field=models.CharField(
                choices=[("open", "open"), ("won", "won"), ("lost", "lost"), ("parked", "parked")],
                default="open",
                max_length=8,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("stage_now__isnull", False)),
                fields=["owner", "stage_now", "next_step_at", "id"],
                name="deal_under_way",
            ),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True), ("stage_now__isnull", False), ("won_by__isnull", False)
                ),
                fields=["won_by"],
                name="deal_delivered",
            ),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("stage_now__isnull", False)),
                fields=[
                    "stage_now",
                    "next_step_at",
                    "id",
                    "owner",
                    "won_by",
                    "pool",
                    "run",
                    "state",
                    "amount",
                    "stage_since",
                    "last_follow_up_at",
                    "created_at",
                ],
                name="deal_on_board",
            ),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("state", "open")),
                fields=["created_at", "id"],
                name="deal_open",
            ),
        ),
        migrations.RunPython(follow, unfollow),
    ]
