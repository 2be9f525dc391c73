"""The order that a cart makes: a snapshot, and what invoice and stock need of it."""

from typing import Any

from apps.cart.dto import CartDetail
from apps.finance.dto import InvoiceBuyer, InvoiceContent, InvoiceLine, InvoiceShipping
from apps.inventory.services import Demand
from apps.orders.dto import NewLine, NewOrder
from apps.orders.models import Order
from apps.shared.ids import new_id, public_id


def order_of(cart: CartDetail) -> NewOrder:
    """Everything as it is now (ORDER-008)."""
    lines = tuple(
        NewLine(
            id=new_id(),
            product_id=line.product_id,
            variant_id=line.variant_id,
            sku=line.sku,
            title=line.product_title,
            variant_title=line.variant_title,
            requires_shipping=line.requires_shipping,
            quantity=line.quantity,
            unit_price_amount=line.unit_price,
            tax_amount=tax,
        )
        for line, tax in zip(cart.lines, cart.totals.line_taxes, strict=True)
    )
    return NewOrder(
        id=new_id(),
        cart_id=cart.id,
        customer_id=cart.customer_id,
        email=cart.email,
        currency=cart.currency,
        subtotal_amount=cart.totals.subtotal,
        discount_amount=cart.totals.discount,
        shipping_amount=cart.totals.shipping,
        tax_amount=cart.totals.tax,
        included_tax_amount=cart.totals.included_tax,
        total_amount=cart.totals.total,
        shipping_method=_shipping_method_json(cart),
        shipping_address=cart.shipping_address,
        billing_address=cart.billing_address,
        metadata=cart.metadata,
        lines=lines,
    )


def _shipping_method_json(cart: CartDetail) -> dict[str, Any]:
    method = cart.shipping_method
    if method is None:
        return {}
    return {"id": public_id("shp", method.id), "code": method.code, "name": method.name}


def demands_of(order: NewOrder) -> list[Demand]:
    """The stock that the order needs."""
    return [
        Demand(line.id, line.product_id, line.variant_id, line.quantity) for line in order.lines
    ]


def invoice_content_of(order: Order, cart: CartDetail) -> InvoiceContent:
    """What the invoice will say; billed to the billing address, else to the shipping address."""
    address = cart.billing_address or cart.shipping_address or {}
    return InvoiceContent(
        order_number=order.number,
        placed_at=order.placed_at.isoformat(),
        currency=order.currency,
        buyer=InvoiceBuyer(
            name=address.get("name", ""), email=order.email, address=_address_lines(address)
        ),
        lines=tuple(
            InvoiceLine(
                sku=line.sku,
                title=line.product_title,
                variant_title=line.variant_title,
                quantity=line.quantity,
                unit_price_amount=line.unit_price,
                tax_amount=tax,
                total_amount=line.unit_price * line.quantity,
            )
            for line, tax in zip(cart.lines, cart.totals.line_taxes, strict=True)
        ),
        shipping=InvoiceShipping(
            name=cart.shipping_method.name if cart.shipping_method else "",
            amount=order.shipping_amount,
        ),
        subtotal_amount=order.subtotal_amount,
        discount_amount=order.discount_amount,
        shipping_amount=order.shipping_amount,
        tax_amount=order.tax_amount,
        total_amount=order.total_amount,
        prices_include_tax=cart.prices_include_tax,
        tax_rate_bp=cart.tax_rate_bp,
        included_tax_amount=order.included_tax_amount,
    )


def _address_lines(address: dict[str, Any]) -> tuple[str, ...]:
    town = " ".join(filter(None, (address.get("postal_code"), address.get("city"))))
    parts = (address.get("line1"), address.get("line2"), town, address.get("region"))
    return tuple(part for part in (*parts, address.get("country")) if part)
