"""A waiver and a request for one carry one of the waiver reasons of their process."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("process", "0014_waiver_by_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="waiver",
            name="reason_key",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="waiverrequest",
            name="reason_key",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
    ]
