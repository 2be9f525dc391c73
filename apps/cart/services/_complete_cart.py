from datetime import datetime

from apps.cart.models import Cart
from apps.shared.db import joins_transaction


@joins_transaction
def complete_cart(*, cart: Cart, now: datetime) -> None:
    """Close a locked cart for good (CART-001, CART-003). The order is the caller's business."""
    Cart.objects.filter(pk=cart.pk).update(
        completed_at=now, updated_at=now, version=cart.version + 1
    )
