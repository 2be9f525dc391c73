import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0004_threshold_of_an_order")]

    operations = [
        migrations.AddField(
            model_name="shopsettings",
            name="payment_reminder_minutes",
            field=models.PositiveIntegerField(
                db_default=30,
                default=30,
                help_text=(
                    "How long before an unpaid order expires its buyer is reminded by mail, but not "
                    "in the first half of its time; 0: never."
                ),
                validators=[django.core.validators.MaxValueValidator(10080)],
            ),
        ),
        migrations.AddField(
            model_name="shopsettings",
            name="cart_expiry_days",
            field=models.PositiveSmallIntegerField(
                db_default=90,
                default=90,
                help_text="Carts that nobody has changed for so many days are deleted; 0: never.",
                validators=[django.core.validators.MaxValueValidator(3650)],
            ),
        ),
    ]
