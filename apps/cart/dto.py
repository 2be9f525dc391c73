"""What the cart app hands to those above it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.cart.merging import Capped
from apps.cart.totals import Totals


@dataclass(frozen=True)
class Caller:
    """Who asks for a cart: the bearer of its token, or a signed-in customer."""

    token: str = ""
    customer_id: UUID | None = None


@dataclass(frozen=True)
class LineDetail:
    """A cart line with its variant as it is now; `unit_price_when_added` as the shopper saw it."""

    id: UUID
    variant_id: UUID
    product_id: UUID
    sku: str
    product_title: str
    variant_title: str
    quantity: int
    unit_price: int
    unit_price_when_added: int
    requires_shipping: bool
    taxable: bool
    is_for_sale: bool


@dataclass(frozen=True)
class ShippingChoice:
    """The chosen shipping method as it is now."""

    id: UUID
    code: str
    name: str
    amount: int


@dataclass(frozen=True)
class CartDetail:
    """A cart, whole, priced as of now."""

    id: UUID
    customer_id: UUID | None
    currency: str
    email: str
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    shipping_method: ShippingChoice | None
    metadata: dict[str, str]
    version: int
    is_completed: bool
    lines: tuple[LineDetail, ...]
    totals: Totals
    prices_include_tax: bool
    tax_rate_bp: int

    @property
    def requires_shipping(self) -> bool:
        return any(line.requires_shipping for line in self.lines)


@dataclass(frozen=True)
class MergedCart:
    """The customer's cart after a guest's went into it."""

    cart: CartDetail
    capped: tuple[Capped, ...] = ()
