"""FIN-003, FIN-004 and FIN-006 in the database: what is booked or issued is there for good.

Allowed are exactly: a locked order becomes paid, an invoice gets its document once, a counter
counts up by one. Nothing is deleted.
"""

from django.db import migrations

TABLES = (
    "finance_financialorder",
    "finance_financialtransaction",
    "finance_documentsequence",
    "finance_invoice",
)
FUNCTIONS = """
CREATE FUNCTION finance_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept for good', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION finance_financialorder_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'locked' AND NEW.status = 'paid'
        AND to_jsonb(NEW) - 'status' - 'paid_at' = to_jsonb(OLD) - 'status' - 'paid_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'financial order % is immutable', OLD.id USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION finance_financialtransaction_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'financial transaction % is immutable', OLD.id
        USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION finance_documentsequence_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_number = OLD.last_number + 1
        AND to_jsonb(NEW) - 'last_number' = to_jsonb(OLD) - 'last_number' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'document sequence % counts up by one', OLD.id
        USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION finance_invoice_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.document_path = '' AND OLD.document_sha256 = ''
        AND NEW.document_path <> '' AND NEW.document_sha256 <> ''
        AND to_jsonb(NEW) - 'document_path' - 'document_sha256'
            = to_jsonb(OLD) - 'document_path' - 'document_sha256' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % is immutable', OLD.number USING ERRCODE = 'check_violation';
END $$;
"""
TRIGGERS = """
CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION finance_refuse_removal();
CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION finance_refuse_removal();
CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse_change();
"""
NO_TRIGGERS = """
DROP TRIGGER {table}_is_immutable ON {table};
DROP TRIGGER {table}_is_not_emptied ON {table};
DROP TRIGGER {table}_is_kept ON {table};
DROP FUNCTION {table}_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0002_content_of_financial_orders")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS + "".join(TRIGGERS.format(table=table) for table in TABLES),
            "".join(NO_TRIGGERS.format(table=table) for table in TABLES)
            + "DROP FUNCTION finance_refuse_removal();",
        )
    ]
