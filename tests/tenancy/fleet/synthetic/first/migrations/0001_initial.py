from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.CreateModel(
            "Thing",
            [
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=20, unique=True)),
                ("number", models.IntegerField(db_index=True)),
                ("note", models.CharField(max_length=50, null=True)),
                ("size", models.PositiveSmallIntegerField(default=1)),
                ("gone", models.TextField(default="")),
            ],
            options={
                "indexes": [models.Index(fields=["note"], name="thing_by_note")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(size__lte=10), name="thing_size")
                ],
            },
        ),
        migrations.CreateModel(
            "Part",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("thing", models.ForeignKey(on_delete=models.CASCADE, to="synthetic.thing")),
                ("product", models.ForeignKey(on_delete=models.CASCADE, to="catalog.product", null=True)),
                ("code", models.CharField(max_length=5)),
            ],
            options={"unique_together": {("thing", "code")}},
        ),
        migrations.CreateModel(
            "Doomed", [("id", models.BigAutoField(primary_key=True, serialize=False))]
        ),
    ]
