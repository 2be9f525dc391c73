"""Each change of a cart as one function in the shop's schema (docs/adr/0021-carts-in-sql.md)."""

from pathlib import Path

from django.db import migrations

FORWARD = (Path(__file__).parent / "sql" / "0005_cart_changes.sql").read_text()
# The trigger's function stays as it is: it does what the one before did.
BACKWARD = """
DROP FUNCTION cart_update;
DROP FUNCTION cart_set_quantity;
DROP FUNCTION cart_add_line;
DROP FUNCTION cart_create;
DROP FUNCTION cart_touch;
DROP FUNCTION cart_refusal;
"""


class Migration(migrations.Migration):
    dependencies = [("cart", "0004_cart_read")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
