"""How the API shows an order."""

from typing import Any

from rest_framework import serializers

from apps.orders.models import Order, OrderLine
from apps.orders.states import FulfillmentStatus, OrderStatus, PaymentStatus
from apps.orders.timeline import Kind, Moment, Parcel
from apps.shared.api.answers import AddressAnswer, TotalsAnswer
from apps.shared.api.fields import MetadataField, MoneyOutput, PublicIdField
from apps.shared.api.openapi import Answer, ConstantField
from apps.shared.ids import public_id
from apps.shared.money import Money


class OrderLineAnswer(Answer):
    """What was bought, as it was then."""

    object = ConstantField("order_line")
    id = PublicIdField("oli")
    product = PublicIdField("prd")
    variant = PublicIdField("var")
    sku = serializers.CharField()
    title = serializers.CharField()
    variant_title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyOutput()
    tax = MoneyOutput()
    total = MoneyOutput()
    requires_shipping = serializers.BooleanField()


class ChosenShippingAnswer(Answer):
    """The shipping method as it was called then."""

    id = PublicIdField("shp")
    code = serializers.CharField()
    name = serializers.CharField()


class OrderTotalsAnswer(TotalsAnswer):
    """total − reduction = due, which is charged. An order is reduced by a capture by hand of less
    than was agreed to, and by nothing else."""

    reduction = MoneyOutput()
    due = MoneyOutput()


class OrderAnswer(Answer):
    """An order: a snapshot, but for its statuses."""

    object = ConstantField("order")
    id = PublicIdField("ord")
    number = serializers.CharField()
    cart = PublicIdField("cart")
    customer = PublicIdField("cus", allow_null=True)
    email = serializers.CharField()
    status = serializers.ChoiceField(OrderStatus.choices)
    payment_status = serializers.ChoiceField(PaymentStatus.choices)
    fulfillment_status = serializers.ChoiceField(FulfillmentStatus.choices)
    currency = serializers.CharField()
    totals = OrderTotalsAnswer()
    lines = OrderLineAnswer(many=True)
    shipping_method = ChosenShippingAnswer(allow_null=True)
    shipping_address = AddressAnswer(allow_null=True)
    billing_address = AddressAnswer(allow_null=True)
    metadata = MetadataField()
    placed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


class ParcelGoodsAnswer(Answer):
    """So many pieces of an order's line."""

    line = PublicIdField("oli")
    quantity = serializers.IntegerField()


class ParcelAnswer(Answer):
    """What left together, and how to follow it."""

    id = PublicIdField("shm")
    carrier = serializers.CharField(allow_null=True)
    tracking_number = serializers.CharField(allow_null=True)
    goods = ParcelGoodsAnswer(many=True)


class MomentAnswer(Answer):
    """One thing that happened to an order."""

    object = ConstantField("order_moment")
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=[one.value for one in Kind])
    by = serializers.ChoiceField(choices=["customer", "shop", "system"])
    amount = MoneyOutput(allow_null=True, help_text="Of a refund.")
    parcel = ParcelAnswer(allow_null=True)


def order_json(order: Order) -> dict[str, Any]:
    """The order object, lines included."""

    def money(amount: int) -> dict[str, object]:
        return Money(amount, order.currency).as_json()

    return {
        "object": "order",
        "id": order.public_id,
        "number": order.number,
        "cart": public_id("cart", order.cart_id),
        "customer": public_id("cus", order.customer_id) if order.customer_id else None,
        "email": order.email,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfillment_status": order.fulfillment_status,
        "currency": order.currency,
        "totals": {
            "subtotal": money(order.subtotal_amount),
            "discount": money(order.discount_amount),
            "shipping": money(order.shipping_amount),
            "tax": money(order.tax_amount),
            "included_tax": money(order.included_tax_amount),
            "total": money(order.total_amount),
            "reduction": money(order.reduction_amount),
            "due": money(order.due_amount),
        },
        "lines": [_line_json(line, order.currency) for line in order.lines.all()],
        "shipping_method": order.shipping_method or None,
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "metadata": order.metadata,
        "placed_at": order.placed_at,
        "expires_at": order.expires_at,
        "paid_at": order.paid_at,
    }


def _line_json(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "object": "order_line",
        "id": line.public_id,
        "product": public_id("prd", line.product_id),
        "variant": public_id("var", line.variant_id),
        "sku": line.sku,
        "title": line.title,
        "variant_title": line.variant_title,
        "quantity": line.quantity,
        "unit_price": Money(line.unit_price_amount, currency).as_json(),
        "tax": Money(line.tax_amount, currency).as_json(),
        "total": Money(line.total_amount, currency).as_json(),
        "requires_shipping": line.requires_shipping,
    }


def moment_json(moment: Moment, currency: str) -> dict[str, Any]:
    """As MomentAnswer says."""
    amount, parcel = moment.amount, moment.parcel
    return {
        "object": "order_moment",
        "at": moment.at,
        "kind": moment.kind.value,
        "by": moment.by,
        "amount": None if amount is None else Money(amount, currency).as_json(),
        "parcel": _parcel_json(parcel) if parcel else None,
    }


def _parcel_json(parcel: Parcel) -> dict[str, Any]:
    return {
        "id": public_id("shm", parcel.id),
        "carrier": parcel.carrier or None,
        "tracking_number": parcel.tracking_number or None,
        "goods": [
            {"line": public_id("oli", one.line_id), "quantity": one.quantity}
            for one in parcel.goods
        ],
    }
