"""Indexes that nobody needs: those that begin another one, and those by who did something."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dealrail.core.indexing import WithoutIndex


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_read_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        WithoutIndex(
            model_name="notification",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
