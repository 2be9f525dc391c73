"""What cart requests may say. No price is among it (CART-004)."""

from rest_framework import serializers

from apps.cart.limits import MAX_QUANTITY
from apps.shared.api.fields import (
    IntegerField,
    LineField,
    MetadataField,
    PublicIdField,
    StrictSerializer,
)


class AddressInput(StrictSerializer):
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    name = LineField(max_length=200)
    line1 = LineField(max_length=200)
    line2 = LineField(max_length=200, required=False, allow_blank=True)
    city = LineField(max_length=100)
    region = LineField(max_length=100, required=False, allow_blank=True)
    postal_code = LineField(max_length=20, required=False, allow_blank=True)
    country = serializers.RegexField(r"^[A-Z]{2}\Z")
    phone = LineField(max_length=30, required=False, allow_blank=True)


class CartInput(StrictSerializer):
    """For a new cart."""

    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    metadata = MetadataField(required=False)


class CartChanges(StrictSerializer):
    """For a cart that is there: what is absent stays, `null` clears."""

    email = serializers.EmailField(required=False, allow_null=True, max_length=254)
    shipping_address = AddressInput(required=False, allow_null=True)
    billing_address = AddressInput(required=False, allow_null=True)
    shipping_method = PublicIdField("shp", required=False, allow_null=True)
    metadata = MetadataField(required=False)


class LineInput(StrictSerializer):
    """For a new line."""

    variant = PublicIdField("var")
    quantity = IntegerField(min_value=1, max_value=MAX_QUANTITY, default=1)


class LineChanges(StrictSerializer):
    """For a line that is there; 0 removes it."""

    quantity = IntegerField(min_value=0, max_value=MAX_QUANTITY)
