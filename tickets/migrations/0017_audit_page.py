from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0016_views'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['actor', '-at', '-id'], name='audit_of_person'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['kind', '-at', '-id'], name='audit_of_kind'),
        ),
    ]
