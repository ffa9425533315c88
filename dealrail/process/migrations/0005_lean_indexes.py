"""Indexes that nobody needs: those that begin another one, and those by who did something."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dealrail.core.indexing import WithoutIndex


class Migration(migrations.Migration):
    dependencies = [
        ("process", "0004_what_is_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        WithoutIndex(
            model_name="debt",
            name="run",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="debts", to="process.run"
            ),
        ),
        WithoutIndex(
            model_name="run",
            name="stage",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="process.stage"
            ),
        ),
        WithoutIndex(
            model_name="stay",
            name="entered_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        WithoutIndex(
            model_name="stay",
            name="left_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        WithoutIndex(
            model_name="stay",
            name="stage",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="stays", to="process.stage"
            ),
        ),
        WithoutIndex(
            model_name="waiver",
            name="stay",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="waivers", to="process.stay"
            ),
        ),
    ]
