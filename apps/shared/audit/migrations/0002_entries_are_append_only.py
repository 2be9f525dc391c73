"""The audit in the database: rows are not altered, and deleted only when they are a year old."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_refuse_change_of_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '365 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit is append-only: % refused', TG_OP USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change_of_entry();
CREATE TRIGGER audit_entries_are_not_truncated BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change_of_entry();
"""
BACKWARD = """
DROP TRIGGER audit_entries_are_not_truncated ON audit_auditentry;
DROP TRIGGER audit_entry_is_append_only ON audit_auditentry;
DROP FUNCTION audit_refuse_change_of_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
