from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
        ('orders', '0004_orders_by_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='reduction_amount',
            field=models.BigIntegerField(db_default=0, default=0, help_text='So much less than the total was charged: the shop captured a part by hand.'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('reduction_amount', 0), models.Q(('paid_at__isnull', False), ('reduction_amount__gt', 0), ('reduction_amount__lt', models.F('total_amount'))), _connector='OR'), name='order_reduction'),
        ),
    ]
