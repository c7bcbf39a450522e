from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0012_joined"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="ticket", name="unsolved_counts"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("removed_as", ""), ("status__in", ("new", "open", "waiting", "on_hold"))),
                fields=["queue", "channel", "status"],
                include=("assignee", "sla_state", "due_at", "snoozed_until"),
                name="unsolved_counts",
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="becomes",
            field=models.CharField(blank=True, max_length=50, null=True),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("assigned", "Assigned to you"),
                    ("requester_wrote", "The requester wrote"),
                    ("review_asked", "A reply waits for your review"),
                    ("reply_approved", "Your reply was approved and sent"),
                    ("reply_returned", "Your reply came back with a comment"),
                    ("delivery_failed", "A mail could not be delivered"),
                    ("woken", "A snoozed ticket is back"),
                    ("appointment_due", "It is time for an appointment"),
                ],
                max_length=20,
            ),
        ),
    ]
