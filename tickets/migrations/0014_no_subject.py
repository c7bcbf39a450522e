from django.db import migrations, models

PLACEHOLDERS = ["(no subject)", "(bez tematu)"]


def without_placeholders(apps, schema_editor):
    """Written into tickets before, in the language of the queue; now pages say it in that of their reader."""
    apps.get_model("tickets", "Ticket").objects.filter(subject__in=PLACEHOLDERS).update(subject="")


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0013_put_off"),
    ]

    operations = [
        migrations.RunPython(without_placeholders, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name="inboundmessage",
            name="waits_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="reading_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="outbox",
            name="waits_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pausedaddress",
            name="released",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("requester_wrote", "Requester Wrote"),
                    ("replied", "Replied"),
                    ("reply_submitted", "Reply Submitted"),
                    ("reply_returned", "Reply Returned"),
                    ("noted", "Noted"),
                    ("assigned", "Assigned"),
                    ("taken", "Taken"),
                    ("status_changed", "Status Changed"),
                    ("priority_changed", "Priority Changed"),
                    ("queue_changed", "Queue Changed"),
                    ("delivery_failed", "Delivery Failed"),
                    ("bounced", "Bounced"),
                    ("pause_ended", "Pause Ended"),
                    ("subject_changed", "Subject Changed"),
                    ("requester_changed", "Requester Changed"),
                    ("tags_changed", "Tags Changed"),
                    ("field_changed", "Field Changed"),
                    ("snoozed", "Snoozed"),
                    ("woken", "Woken"),
                    ("removed", "Removed"),
                    ("restored", "Restored"),
                    ("linked", "Linked"),
                    ("unlinked", "Unlinked"),
                    ("merged", "Merged"),
                    ("unmerged", "Unmerged"),
                    ("split", "Split"),
                    ("appointed", "Appointed"),
                    ("appointment_moved", "Appointment Moved"),
                    ("appointment_cancelled", "Appointment Cancelled"),
                    ("shared", "Shared"),
                    ("unshared", "Unshared"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="subject",
            field=models.CharField(blank=True, max_length=300, verbose_name="subject"),
        ),
    ]
