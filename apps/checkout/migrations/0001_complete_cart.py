"""Checkout completion as one function in each shop's schema (docs/adr/0012-checkout-in-sql.md)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"
FORWARD = "\n".join(
    (SQL / name).read_text() for name in ("0001_parts.sql", "0001_complete_cart.sql")
)
BACKWARD = """
DROP FUNCTION checkout_complete_cart;
DROP FUNCTION checkout_shortage;
DROP FUNCTION checkout_address_lines;
DROP FUNCTION checkout_time;
DROP FUNCTION checkout_money;
DROP FUNCTION checkout_tax;
DROP FUNCTION checkout_exponent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cart", "0002_completed_cart_is_immutable"),
        ("catalog", "0001_initial"),
        ("finance", "0003_books_are_immutable"),
        ("idempotency", "0001_initial"),
        ("inventory", "0003_returns_counts_and_low_stock"),
        ("orders", "0001_initial"),
        ("outbox", "0002_fencing_token"),
        ("payments", "0001_initial"),
        ("relay", "0001_initial"),
        ("shipping", "0001_initial"),
        ("shop", "0001_initial"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
