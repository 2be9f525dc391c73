"""Migrate: in Python, and in no hurry, that a run can be killed in the middle."""

import time

from django.db import migrations


def give_badges(apps_then, schema_editor):
    time.sleep(0.1)
    apps_then.get_model("catalog", "Product").objects.filter(badge="").update(badge="new")


class Migration(migrations.Migration):
    dependencies = [("catalog", "1000_badge")]

    operations = [migrations.RunPython(give_badges, migrations.RunPython.noop)]
