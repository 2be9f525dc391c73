from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from apps.cart.changing import changed
from apps.cart.dto import CartDetail
from apps.shared.db import owns_statement
from apps.shared.ids import new_id


@owns_statement
def create_cart(
    *, customer_id: UUID | None, email: str, metadata: dict[str, str], now: datetime
) -> CartDetail:
    """An empty cart in the shop's currency, a guest's or a customer's."""
    return changed("cart_create", new_id(), customer_id, email, Jsonb(metadata), now)
