import tickets.models.automation
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0014_no_subject"),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("xid", models.BigIntegerField()),
                ("event", models.BigIntegerField()),
            ],
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
                    ("undone", "Undone"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="macro",
            name="text",
            field=models.TextField(
                blank=True, validators=[tickets.models.automation.knows_macro_variables], verbose_name="text"
            ),
        ),
        migrations.AlterField(
            model_name="macro",
            name="text_en",
            field=models.TextField(
                blank=True,
                help_text="For requesters who read English. Without it they get the other one.",
                validators=[tickets.models.automation.knows_macro_variables],
                verbose_name="text in English",
            ),
        ),
    ]
