"""How the API shows an order."""

from typing import Any

from apps.orders.models import Order, OrderLine
from apps.shared.ids import public_id
from apps.shared.money import Money


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
