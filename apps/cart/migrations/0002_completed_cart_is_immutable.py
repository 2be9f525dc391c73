"""CART-003 in the database: a completed cart and its lines accept no change."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION cart_refuse_change_of_completed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cart % is completed', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER cart_completed_is_immutable BEFORE UPDATE ON cart_cart
    FOR EACH ROW WHEN (OLD.completed_at IS NOT NULL)
    EXECUTE FUNCTION cart_refuse_change_of_completed();

CREATE FUNCTION cart_line_refuse_change_of_completed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.cart_id ELSE OLD.cart_id END;
    completed boolean;
BEGIN
    EXECUTE format('SELECT completed_at IS NOT NULL FROM %I.cart_cart WHERE id = $1', TG_TABLE_SCHEMA)
        INTO completed USING changed;
    IF completed THEN
        RAISE EXCEPTION 'cart % is completed', changed USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER cart_line_completed_is_immutable BEFORE INSERT OR UPDATE OR DELETE ON cart_cartline
    FOR EACH ROW EXECUTE FUNCTION cart_line_refuse_change_of_completed();
"""
BACKWARD = """
DROP TRIGGER cart_line_completed_is_immutable ON cart_cartline;
DROP FUNCTION cart_line_refuse_change_of_completed();
DROP TRIGGER cart_completed_is_immutable ON cart_cart;
DROP FUNCTION cart_refuse_change_of_completed();
"""


class Migration(migrations.Migration):
    dependencies = [("cart", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
