
import django.db.models.deletion
import django.db.models.functions.text
import helpdesk.lib.one_line
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0011_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='appointments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='user',
            name='merged_into',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('assigned', 'Assigned to you'), ('requester_wrote', 'The requester wrote'), ('review_asked', 'A reply waits for your review'), ('reply_approved', 'Your reply was approved and sent'), ('reply_returned', 'Your reply came back with a comment'), ('delivery_failed', 'A mail could not be delivered'), ('appointment_due', 'It is time for an appointment')], max_length=20),
        ),
        migrations.AlterField(
            model_name='outbox',
            name='kind',
            field=models.CharField(choices=[('reply', 'Reply'), ('acknowledgement', 'Acknowledgement'), ('invitation', 'Invitation'), ('account', 'Account mail')], max_length=16),
        ),
        migrations.CreateModel(
            name='PersonAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254, unique=True, validators=[helpdesk.lib.one_line.must_be_one_line])),
                ('added_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('address', django.db.models.functions.text.Lower('address'))), name='other_address_is_lower_case')],
            },
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'parent')), fields=('other',), name='one_parent'),
        ),
    ]
