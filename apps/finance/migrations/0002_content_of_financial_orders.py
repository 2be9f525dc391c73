from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="financialorder",
            name="order_number",
            field=models.CharField(max_length=12, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="financialorder",
            name="content",
            field=models.JSONField(default=dict, help_text="InvoiceContent of apps.finance.dto."),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="financialorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    total_amount=models.F("subtotal_amount")
                    - models.F("discount_amount")
                    + models.F("shipping_amount")
                    + models.F("tax_amount")
                ),
                name="financial_order_adds_up",
            ),
        ),
    ]
