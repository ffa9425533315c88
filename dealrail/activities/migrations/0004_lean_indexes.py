"""Indexes that nobody needs: those that begin another one, and those by who did something."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dealrail.core.indexing import WithoutIndex


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0001_squashed_0003"),
        ("crm", "0009_lean_indexes"),
        ("process", "0005_lean_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        WithoutIndex(
            model_name="actiondone",
            name="done_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        WithoutIndex(
            model_name="actiondone",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="actions_done",
                to="process.run",
            ),
        ),
        WithoutIndex(
            model_name="activity",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="activities",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        WithoutIndex(
            model_name="activity",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="activities",
                to="crm.customer",
            ),
        ),
        WithoutIndex(
            model_name="activity",
            name="deal",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="activities",
                to="crm.deal",
            ),
        ),
        WithoutIndex(
            model_name="task",
            name="deal",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tasks",
                to="crm.deal",
            ),
        ),
        WithoutIndex(
            model_name="task",
            name="done_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
