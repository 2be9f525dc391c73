from django.db import migrations

FORWARD = """
CREATE FUNCTION synthetic_count() RETURNS bigint LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT AS $$ BEGIN
    RETURN (SELECT count(*) FROM synthetic_thing); -- 100% of them; all
END $$;
CREATE FUNCTION synthetic_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER synthetic_kept BEFORE DELETE ON synthetic_part
    FOR EACH ROW EXECUTE FUNCTION synthetic_refuse();
UPDATE synthetic_thing SET note = note || '!' -- the last statement has no end"""


class Migration(migrations.Migration):
    dependencies = [("synthetic", "0003_rules")]

    operations = [
        migrations.RunSQL(FORWARD),
        migrations.RunSQL([("UPDATE synthetic_thing SET size = %s WHERE size = %s", [4, 3])]),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL("CREATE INDEX synthetic_odd ON synthetic_part (id, code)")],
        ),
    ]
