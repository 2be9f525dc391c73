"""Lists of products say what can be bought: the catalogue is told when that changes."""

from django.db import migrations

# The floor of each row is zero (`stock_available_above_floor`), so that the sum over a variant's rows
# becomes or leaves zero only when one of them does. Most orders change nothing here.
FORWARD = """
CREATE TRIGGER catalog_changed AFTER INSERT OR DELETE ON inventory_stockitem
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
CREATE TRIGGER catalog_changed_by_update AFTER UPDATE ON inventory_stockitem
    FOR EACH ROW WHEN (
        (OLD.on_hand + OLD.backorder_limit > OLD.reserved)
            <> (NEW.on_hand + NEW.backorder_limit > NEW.reserved)
        OR OLD.variant_id <> NEW.variant_id
        OR OLD.location_id <> NEW.location_id
    )
    EXECUTE FUNCTION catalog_changed();
CREATE TRIGGER catalog_changed AFTER UPDATE OF is_active ON inventory_location
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_changed();
"""
BACKWARD = """
DROP TRIGGER catalog_changed ON inventory_stockitem;
DROP TRIGGER catalog_changed_by_update ON inventory_stockitem;
DROP TRIGGER catalog_changed ON inventory_location;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_changes"),
        ("inventory", "0005_sellable_quantity"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
