from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0008_valid_captures'),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentdispute',
            name='booked_amount',
            field=models.BigIntegerField(db_default=0, default=0, help_text='Taken back by the provider, and debited in the books.'),
        ),
        migrations.AddField(
            model_name='paymentdispute',
            name='booking_id',
            field=models.UUIDField(blank=True, help_text='Under which the lost money is on the books.', null=True),
        ),
        migrations.AddField(
            model_name='paymentdispute',
            name='deducted_amount',
            field=models.BigIntegerField(blank=True, help_text='What the provider said that it took back for it.', null=True),
        ),
        migrations.AddField(
            model_name='paymentdispute',
            name='fee_amount',
            field=models.BigIntegerField(db_default=0, default=0, help_text='What the provider charged for the dispute.'),
        ),
        migrations.AddField(
            model_name='paymentdispute',
            name='fee_currency',
            field=models.CharField(blank=True, db_default='', default='', max_length=3),
        ),
        AddConstraintNotValid(
            model_name='paymentdispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('booked_amount', 0), ('booking_id__isnull', True)), models.Q(('booked_amount__gt', 0), ('booking_id__isnull', False)), _connector='OR'), name='payment_dispute_booking'),
        ),
    ]
