"""Products as JSON made by functions in each shop's schema (docs/adr/0015-storefront-in-sql.md), and
the indexes that filtered lists walk."""

from pathlib import Path

from django.db import migrations, models

FORWARD = (Path(__file__).parent / "sql" / "0002_storefront.sql").read_text()
BACKWARD = """
DROP FUNCTION catalog_shown;
DROP FUNCTION catalog_listed;
DROP FUNCTION catalog_options;
DROP FUNCTION catalog_variants;
DROP FUNCTION catalog_summaries;
DROP FUNCTION catalog_only;
DROP FUNCTION catalog_time;
DROP FUNCTION catalog_money;
DROP FUNCTION catalog_sellable;
"""
ACTIVE = models.Q(status="active")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RemoveIndex("product", name="product_by_type"),
        migrations.RemoveIndex("product", name="product_by_vendor"),
        migrations.AddIndex(
            "product",
            models.Index(
                fields=["vendor", "-published_at", "-id"],
                name="product_newest_of_vendor",
                condition=ACTIVE,
            ),
        ),
        migrations.AddIndex(
            "product",
            models.Index(
                fields=["product_type", "-published_at", "-id"],
                name="product_newest_of_type",
                condition=ACTIVE,
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
