"""Tells the catalogue how many of a variant can be sold."""

from django.db import migrations

FORWARD = """
-- As apps.inventory.selectors.available_quantities. No search path of its own: its body becomes part
-- of the catalogue's statements, which have one.
CREATE OR REPLACE FUNCTION catalog_sellable(p_variant uuid) RETURNS TABLE (quantity bigint)
LANGUAGE sql STABLE AS $$
    SELECT greatest(coalesce(sum(s.on_hand - s.reserved + s.backorder_limit), 0), 0)
    FROM inventory_stockitem AS s
    JOIN inventory_location AS l ON l.id = s.location_id AND l.is_active
    WHERE s.variant_id = p_variant
$$
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION catalog_sellable(p_variant uuid) RETURNS TABLE (quantity bigint)
LANGUAGE sql STABLE AS $$ SELECT 0::bigint $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_storefront_in_sql"),
        ("inventory", "0004_corrections"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
