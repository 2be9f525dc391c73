"""STOCK-004 in the database: a movement is never altered. Retention may still delete old ones."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION inventory_refuse_change_of_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock movement % is immutable', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER stock_movement_is_immutable BEFORE UPDATE ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION inventory_refuse_change_of_movement();
"""
BACKWARD = """
DROP TRIGGER stock_movement_is_immutable ON inventory_stockmovement;
DROP FUNCTION inventory_refuse_change_of_movement();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
