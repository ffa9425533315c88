import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0008_fields_of_follow_ups"),
        ("forms", "0002_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="actiondone",
            name="form_record",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="forms.formrecord",
            ),
        ),
        migrations.AddField(
            model_name="actiontemplate",
            name="form",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="actiontemplate",
            name="evidence",
            field=models.CharField(
                choices=[
                    ("none", "A tick"),
                    ("note", "A note"),
                    ("file", "A file"),
                    ("follow_up", "A follow-up in this stage"),
                    ("form", "A form that is filled in"),
                ],
                default="none",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="actiondone",
            index=models.Index(
                condition=models.Q(("form_record__isnull", False)),
                fields=["form_record"],
                name="action_done_by_form",
            ),
        ),
    ]
