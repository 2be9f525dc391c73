"""What stands for “no flag” on pages; nothing in the database changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refunds", "0004_who_asked_by_id")]

    operations = [
        migrations.AlterField(
            model_name="refund",
            name="flag",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "–"),
                    ("reversed_by_provider", "Reversed"),
                    ("amount_mismatch", "Amount Mismatch"),
                    ("stock_not_moved", "Stock Not Moved"),
                    ("stuck", "Stuck"),
                ],
                default="",
                help_text="Why a person must look.",
                max_length=40,
            ),
        ),
    ]
