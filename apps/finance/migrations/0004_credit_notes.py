"""Credit notes: as immutable as invoices (FIN-003, FIN-004)."""

import apps.shared.ids
from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION finance_creditnote_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.document_path = '' AND OLD.document_sha256 = ''
        AND NEW.document_path <> '' AND NEW.document_sha256 <> ''
        AND to_jsonb(NEW) - 'document_path' - 'document_sha256'
            = to_jsonb(OLD) - 'document_path' - 'document_sha256' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'credit note % is immutable', OLD.number USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER finance_creditnote_is_kept BEFORE DELETE ON finance_creditnote
    FOR EACH ROW EXECUTE FUNCTION finance_refuse_removal();
CREATE TRIGGER finance_creditnote_is_not_emptied BEFORE TRUNCATE ON finance_creditnote
    FOR EACH STATEMENT EXECUTE FUNCTION finance_refuse_removal();
CREATE TRIGGER finance_creditnote_is_immutable BEFORE UPDATE ON finance_creditnote
    FOR EACH ROW EXECUTE FUNCTION finance_creditnote_refuse_change();
"""
NO_TRIGGERS = """
DROP TRIGGER finance_creditnote_is_immutable ON finance_creditnote;
DROP TRIGGER finance_creditnote_is_not_emptied ON finance_creditnote;
DROP TRIGGER finance_creditnote_is_kept ON finance_creditnote;
DROP FUNCTION finance_creditnote_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_books_are_immutable")]

    operations = [
        migrations.AlterField(
            model_name="financialtransaction",
            name="source_id",
            field=models.UUIDField(
                help_text="The payment intent (credit) or refund (debit; credit when it was reversed)."
            ),
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.shared.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("order_id", models.UUIDField(db_index=True)),
                ("refund_id", models.UUIDField(unique=True)),
                ("order_number", models.CharField(max_length=12)),
                ("year", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                ("number", models.CharField(max_length=30, unique=True)),
                ("currency", models.CharField(max_length=3)),
                ("total_amount", models.BigIntegerField()),
                ("content", models.JSONField()),
                ("issued_at", models.DateTimeField()),
                ("document_path", models.CharField(blank=True, max_length=255)),
                ("document_sha256", models.CharField(blank=True, max_length=64)),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.UniqueConstraint(
                fields=("year", "sequence"), name="credit_note_sequence_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_amount__gt", 0)), name="credit_note_amount"
            ),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
