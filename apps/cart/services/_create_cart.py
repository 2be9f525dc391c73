from datetime import datetime
from uuid import UUID

from apps.cart import selectors
from apps.cart.dto import CartDetail
from apps.cart.models import Cart
from apps.shared.db import owns_transaction
from apps.shop import selectors as shop


@owns_transaction
def create_cart(
    *, customer_id: UUID | None, email: str, metadata: dict[str, str], now: datetime
) -> CartDetail:
    """An empty cart in the shop's currency, a guest's or a customer's."""
    cart = Cart.objects.create(
        customer_id=customer_id,
        currency=shop.shop_settings().currency,
        email=email,
        metadata=metadata,
        created_at=now,
        updated_at=now,
    )
    return selectors.detail_of(cart)
