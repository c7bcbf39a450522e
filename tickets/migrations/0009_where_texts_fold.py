from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows from before keep null: their folds are found when they are shown."""

    dependencies = [
        ("tickets", "0008_properties"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="folds",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
    ]
