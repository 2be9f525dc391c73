"""Nothing to do here: after it the groups are brought in line with `apps.staff.roles`."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0007_figures_are_seen'),
    ]

    operations = []
