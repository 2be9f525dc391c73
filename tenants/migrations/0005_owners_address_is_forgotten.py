from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_fleet")]

    operations = [
        migrations.AlterField(
            model_name="provisioning",
            name="owner_email",
            field=models.EmailField(blank=True, max_length=254),
        ),
    ]
