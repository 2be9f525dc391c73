"""Numbers that were given out and whose documents were lost: noted for good (FIN-003)."""

from django.db import migrations, models

KINDS = [("invoice", "Invoice"), ("credit_note", "Credit Note")]
TRIGGERS = """
CREATE FUNCTION finance_lostnumbers_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lost numbers % are noted for good', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER finance_lostnumbers_is_kept BEFORE DELETE ON finance_lostnumbers
    FOR EACH ROW EXECUTE FUNCTION finance_refuse_removal();
CREATE TRIGGER finance_lostnumbers_is_not_emptied BEFORE TRUNCATE ON finance_lostnumbers
    FOR EACH STATEMENT EXECUTE FUNCTION finance_refuse_removal();
CREATE TRIGGER finance_lostnumbers_is_immutable BEFORE UPDATE ON finance_lostnumbers
    FOR EACH ROW EXECUTE FUNCTION finance_lostnumbers_refuse_change();
"""
NO_TRIGGERS = """
DROP TRIGGER finance_lostnumbers_is_immutable ON finance_lostnumbers;
DROP TRIGGER finance_lostnumbers_is_not_emptied ON finance_lostnumbers;
DROP TRIGGER finance_lostnumbers_is_kept ON finance_lostnumbers;
DROP FUNCTION finance_lostnumbers_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0005_transactions_by_time")]

    operations = [
        migrations.CreateModel(
            name="LostNumbers",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("first_number", models.PositiveIntegerField()),
                ("last_number", models.PositiveIntegerField()),
                ("noted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "year", "first_number"), name="lost_numbers_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_number__gte", 1),
                            ("last_number__gte", models.F("first_number")),
                        ),
                        name="lost_numbers_in_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
