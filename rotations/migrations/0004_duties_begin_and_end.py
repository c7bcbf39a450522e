from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rotations', '0003_demand_and_published_plans'),
    ]

    operations = [
        migrations.AlterField(
            model_name='dutyevent',
            name='kind',
            field=models.CharField(choices=[('placed', 'Placed'), ('confirmed', 'Confirmed'), ('began', 'Began'), ('ended', 'Ended'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('cancelled', 'Cancelled'), ('mentors_changed', 'Mentors Changed')], max_length=16),
        ),
    ]
