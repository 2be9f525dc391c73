from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("synthetic", "0005_in_python")]

    operations = [
        AddIndexConcurrently("thing", models.Index(fields=["key"], name="thing_by_key"))
    ]
