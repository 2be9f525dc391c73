"""What was not charged of a total is locked with the payment: no other change is allowed then."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION finance_financialorder_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'locked' AND NEW.status = 'paid'
        AND to_jsonb(NEW) - {changed} = to_jsonb(OLD) - {changed} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'financial order % is immutable', OLD.id USING ERRCODE = 'check_violation';
END $$;
"""
AT_PAYMENT = "ARRAY['status', 'paid_at', 'reduction_amount']"
BEFORE = "ARRAY['status', 'paid_at']"


class Migration(migrations.Migration):

    dependencies = [
        ('finance', '0006_numbers_lost_with_data'),
    ]

    operations = [
        migrations.AddField(
            model_name='financialorder',
            name='reduction_amount',
            field=models.BigIntegerField(db_default=0, default=0, help_text='So much less than the total was charged, tax contained.'),
        ),
        AddConstraintNotValid(
            model_name='financialorder',
            constraint=models.CheckConstraint(condition=models.Q(('reduction_amount', 0), models.Q(('reduction_amount__gt', 0), ('reduction_amount__lt', models.F('total_amount')), ('status', 'paid')), _connector='OR'), name='financial_order_reduction'),
        ),
        migrations.RunSQL(FUNCTION.format(changed=AT_PAYMENT), FUNCTION.format(changed=BEFORE)),
    ]
