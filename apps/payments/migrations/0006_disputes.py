import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_captures_and_breakers")]

    operations = [
        migrations.CreateModel(
            name="PaymentDispute",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=20)),
                ("reference", models.CharField(max_length=255)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("review", "Review"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(blank=True, max_length=100)),
                (
                    "evidence_due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until then the provider takes the shop's evidence.",
                        null=True,
                    ),
                ),
                (
                    "told_at",
                    models.DateTimeField(help_text="When the provider said the last of it."),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="payments.paymentintent",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "reference"), name="payment_dispute_reference"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "review", "won", "lost"])),
                        name="payment_dispute_status_known",
                    ),
                ],
            },
        ),
    ]
