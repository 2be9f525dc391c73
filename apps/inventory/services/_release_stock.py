from datetime import datetime
from uuid import UUID

from apps.inventory import selectors
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.services._release_line_stock import release_line_stock
from apps.shared.db import joins_transaction


@joins_transaction
def release_stock(*, order_id: UUID, now: datetime, reference: Reference | None = None) -> int:
    """Give back all that an order still holds; returns how many units.

    `reference` is why, in the movements; the order itself when none is given.

    A second call finds nothing to do: what is released is what is open (STOCK-003).
    """
    selectors.reservations_for_update(order_id=order_id)
    held = selectors.open_quantities(order_id=order_id)
    if held:
        release_line_stock(
            order_id=order_id,
            lines=[LineQuantity(line_id, quantity) for line_id, quantity in held.items()],
            reference=reference or Reference("order", str(order_id)),
            now=now,
        )
    return sum(held.values())
