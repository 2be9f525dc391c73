"""What the orders app takes and gives."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class OrderCaller:
    """Who asks for an order: the bearer of its token, or a signed-in customer."""

    token: str = ""
    customer_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """A line as it is to be kept for good. Amounts in minor units."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    sku: str
    title: str
    variant_title: str
    requires_shipping: bool
    quantity: int
    unit_price_amount: int
    tax_amount: int


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order as it is to be kept for good. Amounts in minor units."""

    id: UUID
    cart_id: UUID
    customer_id: UUID | None
    email: str
    currency: str
    subtotal_amount: int
    discount_amount: int
    shipping_amount: int
    tax_amount: int
    included_tax_amount: int
    total_amount: int
    shipping_method: dict[str, Any]
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    metadata: dict[str, str]
    lines: tuple[NewLine, ...] = field(default=())
