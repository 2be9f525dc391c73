"""The threshold is one for all refunds of an order together: its text says so."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_refund_approval_threshold")]

    operations = [
        migrations.AlterField(
            model_name="shopsettings",
            name="refund_approval_threshold_amount",
            field=models.BigIntegerField(
                blank=True,
                help_text=(
                    "In minor units. Refunds of one order that come to more than this together "
                    "need a second person; empty: none does."
                ),
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
    ]
