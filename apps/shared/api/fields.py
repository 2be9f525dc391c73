"""Serializer fields that take a value only in its own JSON type."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.shared.ids import parse_public_id
from apps.shared.money import exponent

MAX_BIGINT = 2**63 - 1


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know (CART-004: a client never sends a price)."""

    @classmethod
    def valid(cls, data: Any) -> dict[str, Any]:
        """What a request's `data` says, field by field. Raises ValidationError (400).

        One serializer serves all requests: DRF copies every declared field into each new one, which
        takes longer than to validate.
        """
        try:
            read: dict[str, Any] = _serving(cls).run_validation(data)
        except ValidationError:
            cls(data=data).is_valid(raise_exception=True)  # words it as ever
            raise
        return read

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise ValidationError(
                {name: [f"There is no field “{name}” here."] for name in unknown},
                code="unknown_field",
            )
        return super().to_internal_value(data)


@cache
def _serving(kind: type[StrictSerializer]) -> StrictSerializer:
    return kind()


class NoInput(StrictSerializer):
    """An empty object."""


class IntegerField(serializers.IntegerField):
    """A JSON integer: no "5", no 5.0, no true."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """A JSON string: no numbers, no control characters but tab and line breaks."""

    default_error_messages = {"control": "Control characters are not allowed."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if any(ord(char) < 32 and char not in "\t\r\n" for char in data):
            self.fail("control")
        return super().to_internal_value(data)


class LineField(TextField):
    """A TextField without line breaks: it may end up in a mail header."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and any(char in "\t\r\n\x85\u2028\u2029" for char in data):
            self.fail("control")
        return super().to_internal_value(data)


class PublicIdField(serializers.Field[UUID, str, str, Any]):
    """An id such as `var_0197c2…`, as the UUID behind it."""

    default_error_messages = {"invalid": "This is not an id of the form “{prefix}_…”."}

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> UUID:
        found = parse_public_id(self.prefix, data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid", prefix=self.prefix)
        return found

    def to_representation(self, value: UUID) -> str:
        return f"{self.prefix}_{value.hex}"


class MoneyInput(StrictSerializer):
    """`{"amount": 1999, "currency": "USD"}`. The API's own answers have `display` besides: whoever
    sends one back may leave it in; it is not read."""

    amount = IntegerField(min_value=0, max_value=MAX_BIGINT)
    currency = LineField(min_length=3, max_length=3)
    display = TextField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Not read: may be sent back.",
    )

    def validate_currency(self, value: str) -> str:
        exponent(value)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.pop("display", None)
        return attrs


class MoneyOutput(serializers.Serializer[Any]):
    """Money as the API writes it."""

    amount = serializers.IntegerField(help_text="In minor units.")
    currency = serializers.CharField(help_text="ISO 4217.")
    display = serializers.CharField(help_text="For people.")


class MetadataField(serializers.DictField):
    """Up to 50 keys of the caller's own, each a string."""

    child = TextField(max_length=500, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (
            len(data) > 50 or any(len(str(key)) > 40 for key in data)
        ):
            raise ValidationError("At most 50 keys of at most 40 characters.", code="too_long")
        return super().to_internal_value(data)
