import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forms", "0003_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="formrecord",
            name="link",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="records",
                to="forms.formlink",
            ),
        ),
        migrations.AddIndex(
            model_name="formrecord",
            index=models.Index(
                condition=models.Q(("link__isnull", False)),
                fields=["link", "filled_at"],
                name="form_record_by_link",
            ),
        ),
    ]
