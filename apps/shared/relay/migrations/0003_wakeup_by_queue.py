from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('relay', '0002_backlog'),
    ]

    operations = [
        migrations.AddField(
            model_name='wakeup',
            name='queue',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddIndex(
            model_name='wakeup',
            index=models.Index(fields=['schema_name', 'due_at'], name='wakeup_of_schema'),
        ),
    ]
