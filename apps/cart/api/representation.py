"""How the API shows a cart."""

from typing import Any

from rest_framework import serializers

from apps.cart.dto import CartDetail, LineDetail
from apps.cart.merging import Capped, CapReason
from apps.cart.totals import Totals
from apps.shared.api.answers import AddressAnswer, TotalsAnswer
from apps.shared.api.fields import MetadataField, MoneyOutput, PublicIdField
from apps.shared.api.openapi import Answer, ConstantField
from apps.shared.ids import public_id
from apps.shared.money import Money
from apps.shipping.representation import ShippingMethodAnswer, shipping_method_json


class CartLineAnswer(Answer):
    """A variant in a cart, at today's price."""

    object = ConstantField("cart_line")
    id = PublicIdField("cli")
    variant = PublicIdField("var")
    product = PublicIdField("prd")
    sku = serializers.CharField()
    title = serializers.CharField()
    variant_title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyOutput()
    previous_unit_price = MoneyOutput(
        allow_null=True, help_text="When it was put in, if that was another."
    )
    total = MoneyOutput()
    requires_shipping = serializers.BooleanField()
    for_sale = serializers.BooleanField()


class CartAnswer(Answer):
    """A cart, priced as of now."""

    object = ConstantField("cart")
    id = PublicIdField("cart")
    customer = PublicIdField("cus", allow_null=True)
    currency = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    lines = CartLineAnswer(many=True)
    shipping_address = AddressAnswer(allow_null=True)
    billing_address = AddressAnswer(allow_null=True)
    shipping_method = ShippingMethodAnswer(allow_null=True)
    totals = TotalsAnswer()
    prices_include_tax = serializers.BooleanField()
    metadata = MetadataField()
    completed = serializers.BooleanField()


class NewCartAnswer(CartAnswer):
    """A new cart, with what opens it."""

    token = serializers.CharField(
        allow_null=True,
        help_text="To be sent as Cart-Token, and shown this once; null for a customer's cart.",
    )


class CappedAnswer(Answer):
    """A variant of which the merged cart holds less than the two carts together."""

    variant = PublicIdField("var")
    requested = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="0: it is not in the cart.")
    reason = serializers.ChoiceField(choices=[one.value for one in CapReason])


class MergedCartAnswer(CartAnswer):
    """The customer's cart after a guest's went into it."""

    capped = CappedAnswer(many=True)


def cart_json(cart: CartDetail) -> dict[str, Any]:
    """The cart object. Prices are today's; a line whose price changed says what it was."""
    method = cart.shipping_method
    return {
        "object": "cart",
        "id": public_id("cart", cart.id),
        "customer": public_id("cus", cart.customer_id) if cart.customer_id else None,
        "currency": cart.currency,
        "email": cart.email or None,
        "lines": [_line_json(line, cart.currency) for line in cart.lines],
        "shipping_address": cart.shipping_address,
        "billing_address": cart.billing_address,
        "shipping_method": shipping_method_json(
            method_id=method.id,
            code=method.code,
            name=method.name,
            price=Money(method.amount, cart.currency),
        )
        if method
        else None,
        "totals": totals_json(cart.totals, cart.currency),
        "prices_include_tax": cart.prices_include_tax,
        "metadata": cart.metadata,
        "completed": cart.is_completed,
    }


def totals_json(totals: Totals, currency: str) -> dict[str, Any]:
    """subtotal − discount + shipping + tax = total; `included_tax` is contained, not added."""
    return {
        name: Money(amount, currency).as_json()
        for name, amount in (
            ("subtotal", totals.subtotal),
            ("discount", totals.discount),
            ("shipping", totals.shipping),
            ("tax", totals.tax),
            ("included_tax", totals.included_tax),
            ("total", totals.total),
        )
    }


def _line_json(line: LineDetail, currency: str) -> dict[str, Any]:
    changed = line.unit_price != line.unit_price_when_added
    return {
        "object": "cart_line",
        "id": public_id("cli", line.id),
        "variant": public_id("var", line.variant_id),
        "product": public_id("prd", line.product_id),
        "sku": line.sku,
        "title": line.product_title,
        "variant_title": line.variant_title,
        "quantity": line.quantity,
        "unit_price": Money(line.unit_price, currency).as_json(),
        "previous_unit_price": Money(line.unit_price_when_added, currency).as_json()
        if changed
        else None,
        "total": Money(line.unit_price * line.quantity, currency).as_json(),
        "requires_shipping": line.requires_shipping,
        "for_sale": line.is_for_sale,
    }


def capped_json(line: Capped) -> dict[str, Any]:
    """As CappedAnswer says."""
    return {
        "variant": public_id("var", line.variant_id),
        "requested": line.requested,
        "quantity": line.quantity,
        "reason": line.reason.value,
    }
