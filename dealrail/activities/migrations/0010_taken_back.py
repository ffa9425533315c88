from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0009_form_evidence"),
    ]

    operations = [
        migrations.AddField(
            model_name="actiondone",
            name="taken_back_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RemoveConstraint(
            model_name="actiondone",
            name="action_done_once_per_run",
        ),
        migrations.AddConstraint(
            model_name="actiondone",
            constraint=models.UniqueConstraint(
                condition=models.Q(("taken_back_at__isnull", True)),
                fields=("run", "action"),
                name="action_done_once_per_run",
            ),
        ),
    ]
