from django.db import migrations, models

STATUSES = [
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("withdrawn", "Withdrawn"),
    ("withheld", "Withheld"),
]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_withdrawn_messages")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="is_released",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Somebody decided that it is sent.",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(choices=STATUSES, default="queued", max_length=10),
        ),
        migrations.RemoveConstraint(model_name="message", name="message_status_known"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(status__in=[value for value, _ in STATUSES]),
                name="message_status_known",
            ),
        ),
    ]
