"""The shop's accounts at payment providers."""

from django.db import models

from apps.shared.encryption import EncryptedMapField


def provider_field(*, unique: bool = False) -> "models.CharField[str, str]":
    """A provider's code. Which there are is known to the gateways, not to the database."""
    return models.CharField(max_length=20, unique=unique)


class PaymentAccount(models.Model):
    """The shop's own account at a provider; what it consists of, the provider's folder declares.

    Secrets are encrypted at rest, one by one, and never shown again.
    """

    id = models.BigAutoField(primary_key=True)
    provider = provider_field(unique=True)
    settings = models.JSONField(default=dict)
    secrets = EncryptedMapField()
    is_active = models.BooleanField(
        default=True, help_text="Offered to shoppers. What began through it goes on either way."
    )
    position = models.PositiveSmallIntegerField(default=1)
    is_captured_by_hand = models.BooleanField(
        "Capture by hand",
        default=False,
        db_default=False,
        help_text="Shoppers agree to pay, and the money is taken when somebody asks for it.",
    )
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Calls that failed since one went well."
    )
    passed_over_until = models.DateTimeField(
        null=True, blank=True, help_text="It does not answer: shoppers are offered the next one."
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.provider
