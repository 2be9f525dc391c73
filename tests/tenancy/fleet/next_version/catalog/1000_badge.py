"""Expand: the old version goes on writing products, which get the database's default."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_changes")]

    operations = [
        migrations.AddField(
            "product",
            "badge",
            models.CharField(max_length=20, default="", db_default="", blank=True),
        )
    ]
