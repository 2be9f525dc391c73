import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0006_disputes'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentCapture',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('requested', 'Requested'), ('succeeded', 'Succeeded'), ('failed', 'Failed')], default='requested', max_length=10)),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('failure_code', models.CharField(blank=True, max_length=100)),
                ('requested_by', models.CharField(max_length=80)),
                ('requested_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='captures', to='payments.paymentintent')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='paymentintent',
            name='amount_released',
            field=models.BigIntegerField(db_default=0, default=0, help_text='Agreed to, and never taken: less was captured.'),
        ),
        AddConstraintNotValid(
            model_name='paymentintent',
            constraint=models.CheckConstraint(condition=models.Q(('amount_released', 0), models.Q(('amount_released__gt', 0), ('amount_released__lt', models.F('amount')), ('is_captured_by_hand', True), ('status', 'succeeded')), _connector='OR'), name='payment_intent_released'),
        ),
        migrations.AddConstraint(
            model_name='paymentcapture',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['requested', 'succeeded'])), fields=('payment',), name='payment_capture_one_standing'),
        ),
        migrations.AddConstraint(
            model_name='paymentcapture',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_capture_amount'),
        ),
        migrations.AddConstraint(
            model_name='paymentcapture',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'succeeded', 'failed'])), name='payment_capture_status_known'),
        ),
    ]
