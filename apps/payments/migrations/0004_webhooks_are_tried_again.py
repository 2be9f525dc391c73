from django.db import migrations, models

# Those that nobody has worked on are taken up by the sweep.
FORWARD = """
    UPDATE payments_providerevent SET next_try_at = received_at WHERE state <> 'processed'
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_accounts_per_provider")]

    operations = [
        migrations.AddField(
            "providerevent", "attempts", models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(
            "providerevent",
            "next_try_at",
            models.DateTimeField(
                blank=True,
                help_text="When it is taken up if nobody has worked on it by then.",
                null=True,
            ),
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.AddIndex(
            "providerevent",
            models.Index(
                condition=models.Q(("next_try_at__isnull", False)),
                fields=["next_try_at"],
                name="provider_event_to_try",
            ),
        ),
    ]
