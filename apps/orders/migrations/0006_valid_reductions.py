"""Rows that are there keep the rule of the migration before: looked at without a lock."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_reductions")]

    operations = [ValidateConstraint(model_name="order", name="order_reduction")]
