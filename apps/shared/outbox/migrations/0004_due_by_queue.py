import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0003_dead_letters_by_index'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='eventdelivery',
            name='event_delivery_due',
        ),
        migrations.AlterField(
            model_name='eventdelivery',
            name='event',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='outbox.domainevent'),
        ),
        migrations.AddIndex(
            model_name='eventdelivery',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'running'])), fields=['queue', 'due_at'], name='event_delivery_due_in_queue'),
        ),
    ]
