from django.db import migrations


class Migration(migrations.Migration):
    """Words get their keys anew, since verbs have more of them now. The task that gives keys to new words does it; until
    then searches take the forms of what has none from the words themselves."""

    dependencies = [("tickets", "0036_letting_people_go")]

    operations = [
        migrations.RunSQL("update tickets_searchword set keys = null where keys is not null", migrations.RunSQL.noop),
    ]
