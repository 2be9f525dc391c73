"""A number that tells whether lists of products are what they were (docs/adr/0015-storefront-in-sql.md)."""

from pathlib import Path

from django.db import migrations, models

FORWARD = (Path(__file__).parent / "sql" / "0003_changes.sql").read_text()
BACKWARD = """
DROP TRIGGER catalog_changed ON catalog_product;
DROP TRIGGER catalog_changed ON catalog_variant;
DROP TRIGGER catalog_changed ON catalog_productimage;
DROP FUNCTION catalog_changed;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_storefront_in_sql")]

    operations = [
        migrations.CreateModel(
            name="CatalogueChanges",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
            ],
            options={"verbose_name_plural": "catalogue changes"},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
