"""Checkout completion as one function in each shop's schema (docs/adr/0012-checkout-in-sql.md)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"
# The functions of the first version, whose signatures are others now.
OUTDATED = """
DROP FUNCTION IF EXISTS checkout_complete_cart;
DROP FUNCTION IF EXISTS checkout_shortage;
DROP FUNCTION IF EXISTS checkout_money;
DROP FUNCTION IF EXISTS checkout_exponent;
"""
FORWARD = "\n".join(
    [OUTDATED, *((SQL / name).read_text() for name in ("parts.sql", "complete_cart.sql"))]
)
BACKWARD = """
DROP FUNCTION checkout_complete_cart;
DROP FUNCTION checkout_lines;
DROP FUNCTION checkout_shortage;
DROP FUNCTION checkout_address_lines;
DROP FUNCTION checkout_time;
DROP FUNCTION checkout_money;
DROP FUNCTION checkout_minor_units;
DROP FUNCTION checkout_tax;
"""


class Migration(migrations.Migration):
    dependencies = [("checkout", "0001_complete_cart")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
