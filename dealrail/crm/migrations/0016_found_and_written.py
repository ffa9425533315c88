"""Fields that records are found by when somebody searches, and patterns that texts are held to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0015_hand_over_turns")]
    operations = [
        migrations.AddField(model_name="customfield", name="searchable", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="customfield", name="pattern", field=models.CharField(blank=True, max_length=60)
        ),
    ]
