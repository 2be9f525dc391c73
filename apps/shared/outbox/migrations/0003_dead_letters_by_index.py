from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0002_fencing_token'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='eventdelivery',
            index=models.Index(condition=models.Q(('state', 'dead')), fields=['id'], name='event_delivery_dead'),
        ),
    ]
