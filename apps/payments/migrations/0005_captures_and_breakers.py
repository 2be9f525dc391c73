from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_webhooks_are_tried_again")]

    operations = [
        migrations.AddField(
            "paymentaccount",
            "is_captured_by_hand",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Shoppers agree to pay, and the money is taken when somebody asks for it.",
                verbose_name="Capture by hand",
            ),
        ),
        migrations.AddField(
            "paymentaccount",
            "failures",
            models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="Calls that failed since one went well."
            ),
        ),
        migrations.AddField(
            "paymentaccount",
            "passed_over_until",
            models.DateTimeField(
                blank=True,
                help_text="It does not answer: shoppers are offered the next one.",
                null=True,
            ),
        ),
        migrations.AddField(
            "paymentintent",
            "is_captured_by_hand",
            models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            "paymentintent",
            "amount_capturable",
            models.BigIntegerField(
                db_default=0, default=0, help_text="Agreed to by the shopper, and not taken yet."
            ),
        ),
        migrations.AlterField(
            "paymentintent",
            "capture_reference",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What the provider calls the taking of the money, where that has its own name.",
                max_length=255,
            ),
        ),
        migrations.AlterField(
            "paymentintent",
            "return_url",
            models.CharField(blank=True, db_default="", default="", max_length=2000),
        ),
    ]
