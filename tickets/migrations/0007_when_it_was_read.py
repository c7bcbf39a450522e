from django.db import migrations, models
from django.db.models.functions import Coalesce


def assume(apps, schema_editor):
    """A mailbox that fails was last read before it began to."""
    mailboxes = apps.get_model("tickets", "Mailbox").objects.filter(kind="imap")
    mailboxes.update(last_read_at=Coalesce("failing_since", "last_fetch_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0006_told_of_reviews"),
    ]

    operations = [
        migrations.AddField(
            model_name="mailbox",
            name="last_read_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(assume, migrations.RunPython.noop),
    ]
