"""Indexes that nobody needs: those that begin another one, and those by who did something."""

import django.db.models.deletion
from django.db import migrations, models

from dealrail.core.indexing import WithoutIndex


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_audit_indexes"),
    ]
    operations = [
        WithoutIndex(
            model_name="receipt",
            name="event",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="events.event"
            ),
        ),
    ]
