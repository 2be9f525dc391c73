"""Nothing to do here: after it the groups are brought in line with `apps.staff.roles`, where
support may ask for refunds and managers decide on them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("refunds", "0001_initial")]

    operations = []
