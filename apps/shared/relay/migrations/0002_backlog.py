from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('relay', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Backlog',
            fields=[
                ('schema_name', models.CharField(max_length=63, primary_key=True, serialize=False)),
                ('deliveries', models.PositiveIntegerField(help_text='Pending or running.')),
                ('oldest_at', models.DateTimeField(help_text='When the oldest of their events happened.')),
                ('measured_at', models.DateTimeField()),
            ],
        ),
    ]
