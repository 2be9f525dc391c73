"""What the customers' endpoints take."""

from rest_framework import serializers

from apps.shared.api.fields import LineField, StrictSerializer, TextField


class StrictEmailField(LineField, serializers.EmailField):
    """An email address given as a JSON string."""


class SignUpInput(StrictSerializer):
    """A new account."""

    email = StrictEmailField(max_length=254)
    password = TextField(
        min_length=8,
        max_length=256,
        trim_whitespace=False,
        help_text="Not a common one, not only digits, not like the email.",
    )
    name = LineField(max_length=120, allow_blank=True, default="")


class LogInInput(StrictSerializer):
    """Credentials."""

    email = StrictEmailField(max_length=254)
    password = TextField(max_length=256, trim_whitespace=False)


class CustomerChanges(StrictSerializer):
    """What a customer may change; null clears."""

    name = LineField(max_length=120, allow_blank=True, allow_null=True, required=False)
