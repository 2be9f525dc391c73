from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("synthetic", "0001_initial")]

    operations = [
        migrations.AddField("thing", "plain", models.IntegerField(null=True)),
        migrations.AddField("thing", "kept", models.IntegerField(db_default=7, default=7)),
        migrations.AddField("thing", "filled", models.CharField(max_length=9, default="it's 100%")),
        migrations.AddField("thing", "at", models.DateTimeField(db_default=Now())),
        migrations.AddField("thing", "told", models.JSONField(default=dict)),
        migrations.AddField("thing", "tags", ArrayField(models.TextField(), default=list)),
        migrations.AddField("thing", "slug", models.SlugField(null=True, unique=True)),
        migrations.AddField(
            "thing", "parent",
            models.ForeignKey(null=True, on_delete=models.SET_NULL, to="synthetic.thing"),
        ),
        migrations.AddField("thing", "friends", models.ManyToManyField(to="synthetic.part")),
        migrations.AlterField("thing", "id", models.BigAutoField(primary_key=True, serialize=False)),
        migrations.AlterField("thing", "name", models.CharField(max_length=40)),
        migrations.AlterField("thing", "number", models.BigIntegerField()),
        migrations.AlterField("thing", "note", models.CharField(max_length=50, default="-", db_index=True)),
        migrations.AlterField("thing", "size", models.PositiveIntegerField(db_default=3, default=1)),
        migrations.RenameField("thing", "name", "title"),
        migrations.RemoveField("thing", "gone"),
    ]
