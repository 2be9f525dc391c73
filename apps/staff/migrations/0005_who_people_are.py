"""People get an id that stays when their e-mail address changes, and are not deleted any more."""

from typing import Any

from django.db import migrations, models

import apps.shared.ids

FORWARD = """
CREATE FUNCTION staff_refuse_deletion_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'user % is switched off, not deleted', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER staff_user_is_kept BEFORE DELETE ON staff_user
    FOR EACH ROW EXECUTE FUNCTION staff_refuse_deletion_of_user();
"""
BACKWARD = """
DROP TRIGGER staff_user_is_kept ON staff_user;
DROP FUNCTION staff_refuse_deletion_of_user();
"""


def give_keys(apps_then: Any, schema_editor: Any) -> None:
    for user in apps_then.get_model("staff", "User").objects.filter(key=None):
        user.key = apps.shared.ids.new_id()
        user.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_reconciliations_are_seen")]

    operations = [
        migrations.AddField("user", "key", models.UUIDField(editable=False, null=True)),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField(
            "user",
            "key",
            models.UUIDField(default=apps.shared.ids.new_id, editable=False, unique=True),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
