"""Rows that are there keep the rule of the migration before: looked at without a lock."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_lost_disputes")]

    operations = [ValidateConstraint(model_name="paymentdispute", name="payment_dispute_booking")]
