"""Who asked for a refund and who approved it, by the id that stays (REF-005).

Until now it was the e-mail address, which its owner can change. Histories keep what they say.
"""

from typing import Any

from django.db import migrations


def name_by_id(apps_then: Any, schema_editor: Any) -> None:
    refunds = apps_then.get_model("refunds", "Refund").objects
    for email, key in apps_then.get_model("staff", "User").objects.values_list("email", "key"):
        then, now = f"staff:{email}"[:80], f"staff:stf_{key.hex}"
        for field in ("requested_by", "approved_by"):
            refunds.filter(**{field: then}).update(**{field: now})


class Migration(migrations.Migration):
    dependencies = [
        ("refunds", "0003_orphans_and_attempts"),
        ("staff", "0005_who_people_are"),
    ]

    operations = [migrations.RunPython(name_by_id, migrations.RunPython.noop)]
