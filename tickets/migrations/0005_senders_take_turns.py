import django.contrib.postgres.fields
import django.db.models.deletion
import helpdesk.lib.one_line
import tickets.models.queue
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0004_imported_mail'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='mailsender',
            name='minute_at',
        ),
        migrations.RemoveField(
            model_name='mailsender',
            name='minute_count',
        ),
        migrations.AddField(
            model_name='mailsender',
            name='recent_at',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), blank=True, default=list, editable=False, size=None),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='authserv_id',
            field=models.CharField(blank=True, help_text='The name this mail server writes first in Authentication-Results. Empty: no mail is trusted.', max_length=253, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='authentication server name'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='client_id',
            field=models.CharField(blank=True, default='', max_length=254, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='client id'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='folder',
            field=models.CharField(default='INBOX', max_length=254, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='folder'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='host',
            field=models.CharField(blank=True, default='', max_length=253, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='IMAP server'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='name',
            field=models.CharField(max_length=100, unique=True, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='processed_folder',
            field=models.CharField(blank=True, default='', help_text='Empty: read mail stays where it is and is marked as seen.', max_length=254, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='folder for mail that was read'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='scope',
            field=models.CharField(blank=True, default='', max_length=500, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='scope'),
        ),
        migrations.AlterField(
            model_name='mailbox',
            name='username',
            field=models.CharField(blank=True, default='', max_length=254, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='user name'),
        ),
        migrations.AlterField(
            model_name='mailsender',
            name='host',
            field=models.CharField(max_length=253, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='SMTP server'),
        ),
        migrations.AlterField(
            model_name='mailsender',
            name='name',
            field=models.CharField(max_length=100, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='mailsender',
            name='queue',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='senders', to='tickets.queue', verbose_name='queue'),
        ),
        migrations.AlterField(
            model_name='mailsender',
            name='username',
            field=models.CharField(blank=True, default='', max_length=254, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='user name'),
        ),
        migrations.AlterField(
            model_name='organisation',
            name='name',
            field=models.CharField(max_length=200, unique=True, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='queue',
            name='name',
            field=models.CharField(max_length=100, unique=True, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='queue',
            name='signature',
            field=models.TextField(blank=True, default='', help_text="Stands under every reply, after the agent's words. Plain text; {agent} becomes the name of whoever replies, {queue} the name of the queue.", validators=[tickets.models.queue.knows_its_variables], verbose_name='signature'),
        ),
        migrations.AlterField(
            model_name='queueaddress',
            name='address',
            field=models.EmailField(max_length=254, unique=True, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='address'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, max_length=254, null=True, unique=True, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='email'),
        ),
        migrations.AlterField(
            model_name='user',
            name='name',
            field=models.CharField(max_length=200, validators=[helpdesk.lib.one_line.must_be_one_line], verbose_name='name'),
        ),
        migrations.AddConstraint(
            model_name='mailsender',
            constraint=models.UniqueConstraint(condition=models.Q(('queue__isnull', True)), fields=('position',), name='one_row_for_the_site'),
        ),
        migrations.AddConstraint(
            model_name='mailsender',
            constraint=models.CheckConstraint(condition=models.Q(('per_minute__isnull', True), ('per_minute__gt', 0), _connector='OR'), name='rate_is_a_rate'),
        ),
    ]
