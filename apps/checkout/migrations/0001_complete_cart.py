"""Where the functions began; the newest migration that replaces them holds their text."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("cart", "0002_completed_cart_is_immutable"),
        ("catalog", "0001_initial"),
        ("finance", "0003_books_are_immutable"),
        ("idempotency", "0001_initial"),
        ("inventory", "0003_returns_counts_and_low_stock"),
        ("orders", "0001_initial"),
        ("outbox", "0002_fencing_token"),
        ("payments", "0001_initial"),
        ("relay", "0001_initial"),
        ("shipping", "0001_initial"),
        ("shop", "0001_initial"),
    ]

    operations: list[migrations.operations.base.Operation] = []
