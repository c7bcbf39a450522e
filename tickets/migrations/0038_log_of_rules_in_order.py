from django.db import migrations, models


class Migration(migrations.Migration):
    """The log of a rule is read newest first, by time: the old index was of its numbers."""

    dependencies = [("tickets", "0037_forms_of_verbs")]

    operations = [
        migrations.AddIndex(
            model_name="rulefiring",
            index=models.Index(fields=["rule", "-at", "-id"], name="firings_of_rule_in_order"),
        ),
        migrations.RemoveIndex(model_name="rulefiring", name="firings_of_rule"),
    ]
