from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("synthetic", "0002_fields")]

    operations = [
        migrations.AddIndex("thing", models.Index(fields=["title", "-number"], name="thing_by_title")),
        migrations.AddIndex("thing", GinIndex(fields=["told"], name="thing_by_told")),
        migrations.AddIndex("thing", BrinIndex(fields=["at"], name="thing_by_time")),
        migrations.AddIndex(
            "thing",
            models.Index(
                Lower("title"), name="thing_lower", condition=models.Q(size__gt=1)
            ),
        ),
        migrations.RenameIndex("thing", new_name="thing_noted", old_name="thing_by_note"),
        migrations.RemoveIndex("thing", "thing_lower"),
        migrations.AddConstraint(
            "thing",
            models.UniqueConstraint(
                fields=["title"], condition=models.Q(size__gt=5), name="thing_title_once"
            ),
        ),
        migrations.AddConstraint(
            "part", models.UniqueConstraint(fields=["code"], deferrable=models.Deferrable.DEFERRED, name="part_code_once")
        ),
        migrations.RemoveConstraint("thing", "thing_size"),
        AddConstraintNotValid(
            "thing", models.CheckConstraint(condition=models.Q(size__lte=20), name="thing_small")
        ),
        ValidateConstraint("thing", "thing_small"),
        migrations.AlterUniqueTogether("part", {("thing", "product")}),
        migrations.AlterModelOptions("part", {"ordering": ["code"], "verbose_name": "piece"}),
        migrations.AlterModelTableComment("part", "What things are made of"),
        migrations.DeleteModel("Doomed"),
    ]
