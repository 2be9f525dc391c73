"""A placed order's answer says what it is reduced by, and what is due (ADR 33)."""

from pathlib import Path

from django.db import migrations

FUNCTION = (Path(__file__).parent / "sql" / "complete_cart.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("checkout", "0002_complete_cart_with_arrays"),
        ("finance", "0007_reductions"),
        ("orders", "0005_reductions"),
    ]

    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
