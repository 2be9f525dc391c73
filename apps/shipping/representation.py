"""How the API shows a shipping method, here and on a cart."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from apps.shared.api.fields import MoneyOutput, PublicIdField
from apps.shared.api.openapi import Answer, ConstantField
from apps.shared.ids import public_id
from apps.shared.money import Money


class ShippingMethodAnswer(Answer):
    """A way of sending, at one price for the whole order."""

    object = ConstantField("shipping_method")
    id = PublicIdField("shp")
    code = serializers.CharField()
    name = serializers.CharField()
    price = MoneyOutput()


def shipping_method_json(*, method_id: UUID, code: str, name: str, price: Money) -> dict[str, Any]:
    """As ShippingMethodAnswer says."""
    return {
        "object": "shipping_method",
        "id": public_id("shp", method_id),
        "code": code,
        "name": name,
        "price": price.as_json(),
    }
