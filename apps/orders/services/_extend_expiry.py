from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.states import UNPAID
from apps.shared.db import joins_transaction


@joins_transaction
def extend_expiry(*, order_id: UUID, until: datetime) -> None:
    """An unpaid order holds its stock until then at least; any other is left alone.

    Raises OrderNotFound.
    """
    order = selectors.order_for_update(order_id=order_id)
    if order.status in UNPAID and order.expires_at < until:
        order.expires_at = until
        order.save(update_fields=["expires_at"])
