from datetime import datetime

from apps.cart.errors import CartStale
from apps.cart.models import Cart
from apps.shared.db import joins_transaction


@joins_transaction
def touch_cart(*, cart: Cart, if_version: int | None, now: datetime, **changes: object) -> None:
    """Apply changes to a locked cart and count its version up.

    Raises CartStale when the caller has seen another version (`If-Match`).
    """
    if if_version is not None and if_version != cart.version:
        raise CartStale(current_etag=f'"{cart.version}"')
    for field, value in changes.items():
        setattr(cart, field, value)
    cart.version += 1
    cart.updated_at = now
    cart.save(update_fields=["version", "updated_at", *changes])
