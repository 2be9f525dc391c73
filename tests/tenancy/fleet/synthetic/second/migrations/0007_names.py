from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("synthetic", "0006_online_index")]

    operations = [migrations.RenameModel("Thing", "Item")]
