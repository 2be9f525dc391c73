import uuid

from django.db import migrations, models


def number_them(apps_then, schema_editor):
    for thing in apps_then.get_model("synthetic", "Thing").objects.all():
        thing.number += 1000
        thing.save()


class Migration(migrations.Migration):
    dependencies = [("synthetic", "0004_functions")]

    operations = [
        migrations.RunPython(number_them, migrations.RunPython.noop),
        migrations.AddField("thing", "key", models.UUIDField(default=uuid.uuid4)),
    ]
