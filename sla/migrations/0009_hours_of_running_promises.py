"""Tickets learn by which hours their running promise counts: until now only its clock knew."""

from django.db import migrations

HOURS = """
    update tickets_ticket t set sla_calendar_id = c.calendar_version_id
    from sla_clock c
    where c.ticket_id = t.id and c.metric = t.sla_metric and c.due_at = t.due_at
      and c.state = 'running' and t.sla_state = 'running'
"""


class Migration(migrations.Migration):

    dependencies = [
        ("sla", "0008_weekly_report"),
        ("tickets", "0035_hours_of_a_promise"),
    ]

    operations = [migrations.RunSQL(HOURS, migrations.RunSQL.noop)]
