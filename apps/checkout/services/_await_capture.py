from datetime import datetime, timedelta
from uuid import UUID

from apps.orders import services as orders
from apps.shared.db import joins_transaction

# As long as card networks hold money for whoever was authorized to take it.
AUTHORIZED_FOR = timedelta(days=7)


@joins_transaction
def await_capture(*, order_id: UUID, now: datetime) -> None:
    """A shopper agreed to pay and the shop takes the money by hand: meanwhile the order does not
    expire.

    Raises OrderNotFound.
    """
    orders.extend_expiry(order_id=order_id, until=now + AUTHORIZED_FOR)
