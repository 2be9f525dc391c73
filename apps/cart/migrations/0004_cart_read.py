"""Reading a cart with everything its price depends on, in one statement (CART-007)."""

from pathlib import Path

from django.db import migrations

FORWARD = (Path(__file__).parent / "sql" / "0004_cart_read.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("cart", "0003_merged_carts"),
        ("catalog", "0001_initial"),
        ("shipping", "0001_initial"),
        ("shop", "0001_initial"),
    ]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION cart_read")]
