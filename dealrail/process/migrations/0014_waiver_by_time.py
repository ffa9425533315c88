"""How often conditions are waived, and by whom, is looked up by when."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("process", "0013_stay_by_leaving"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="waiver",
            index=models.Index(fields=["given_at"], name="waiver_by_time"),
        ),
    ]
