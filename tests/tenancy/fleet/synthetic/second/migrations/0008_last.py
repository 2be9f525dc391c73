from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("synthetic", "0007_names")]

    operations = [
        migrations.AlterModelTable("item", "synthetic_stuff"),
        migrations.AddField("item", "last", models.DecimalField(max_digits=8, decimal_places=2, default=0)),
        migrations.AlterModelOptions("item", {"permissions": [("polish_item", "Can polish item")]}),
    ]
