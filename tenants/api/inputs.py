"""What the platform's endpoints take."""

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.shared.api.fields import LineField, StrictSerializer


class StrictEmailField(LineField, serializers.EmailField):
    """An e-mail address given as a JSON string."""


class NewTenantInput(StrictSerializer):
    """A shop to be made."""

    slug = LineField(
        max_length=40,
        help_text="2 to 40 of a–z, 0–9 and inner hyphens; the shop answers on "
        "`<slug>.<platform's domain>`.",
    )
    name = LineField(max_length=120)
    currency = LineField(min_length=3, max_length=3, help_text="ISO 4217, of all its prices.")
    country = LineField(
        validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters.")],
        help_text="ISO 3166-1 alpha-2.",
    )
    owner_email = StrictEmailField(
        max_length=254, help_text="Is sent a link to set a password when the shop is ready."
    )


class WhyInput(StrictSerializer):
    """Why it is done; it is kept in the audit."""

    why = LineField(max_length=500, allow_blank=True, default="")


class RenameInput(WhyInput):
    """The new short name."""

    slug = LineField(max_length=40)
    keep_old_host = serializers.BooleanField(
        default=True, help_text="Whether the old host goes on answering for the shop."
    )
