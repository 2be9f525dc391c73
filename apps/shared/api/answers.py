"""Shapes that the answers of several apps share, for the OpenAPI document."""

from rest_framework import serializers

from apps.shared.api.fields import MoneyOutput
from apps.shared.api.openapi import Answer


class AddressAnswer(Answer):
    """A postal address; what was not given is not there."""

    name = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField(required=False)
    city = serializers.CharField()
    region = serializers.CharField(required=False)
    postal_code = serializers.CharField(required=False)
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    phone = serializers.CharField(required=False)


class TotalsAnswer(Answer):
    """subtotal − discount + shipping + tax = total; `included_tax` is contained, not added."""

    subtotal = MoneyOutput()
    discount = MoneyOutput()
    shipping = MoneyOutput()
    tax = MoneyOutput()
    included_tax = MoneyOutput()
    total = MoneyOutput()
