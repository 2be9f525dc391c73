from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.inventory import selectors as stock
from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.errors import NothingToShip
from apps.orders import selectors
from apps.orders.errors import PiecesBeingRefunded
from apps.orders.events import ShipmentSent
from apps.orders.models import Order, Shipment, ShipmentLine
from apps.orders.objections import pieces_kept_back, refuse_if_objected
from apps.orders.services._finish_shipping import finish_shipping
from apps.orders.states import FulfillmentStatus
from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.ids import public_id
from apps.shared.outbox.emit import emit

_REASON_LENGTH = 200


@owns_transaction
def ship_order(
    *,
    order_id: UUID,
    lines: Sequence[LineQuantity] | None,
    carrier: str = "",
    tracking_number: str = "",
    now: datetime,
) -> Shipment:
    """A parcel of a packed order leaves, and its goods leave the stock; None: all that is left.

    Pieces that a refund under way is going to release stay: nobody loses goods and money both.

    The order becomes shipped with the parcel after which nothing is held for it; what was released
    meanwhile (refunded, called off) is not waited for. Until then it stays packed.

    Raises OrderNotFound, OrderBeingCancelled, PiecesBeingRefunded, InvalidTransition,
    InvalidQuantity, NothingToShip (more than is held for a line, STOCK-003), InsufficientStock (a
    backorder that has not come in).
    """
    order = selectors.order_for_update(order_id=order_id)
    refuse_if_objected(order_id=order_id)
    order.check_move(fulfillment=FulfillmentStatus.SHIPPED)
    quantities = _quantities(order_id, lines)
    shipment = Shipment(
        order=order, carrier=carrier, tracking_number=tracking_number, shipped_at=now
    )
    inventory.ship_stock(
        order_id=order_id,
        lines=[LineQuantity(line_id, quantity) for line_id, quantity in quantities.items()],
        reference=Reference("shipment", shipment.public_id),
        now=now,
    )
    shipment.save(force_insert=True)
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, order_line_id=line_id, quantity=quantity)
        for line_id, quantity in quantities.items()
    )
    _tell(order, shipment, quantities, now)
    finish_shipping(order_id=order_id, now=now)
    return shipment


def _quantities(order_id: UUID, lines: Sequence[LineQuantity] | None) -> dict[UUID, int]:
    kept = pieces_kept_back(order_id=order_id)
    held = stock.open_quantities(order_id=order_id)
    free = {line_id: pieces - kept.get(line_id, 0) for line_id, pieces in held.items()}
    if lines is None:
        lines = [LineQuantity(line_id, pieces) for line_id, pieces in free.items() if pieces > 0]
        if not lines and kept:
            raise PiecesBeingRefunded
        if not lines:
            raise NothingToShip("Nothing of this order is left to be shipped.")
    if not lines:
        raise NothingToShip("There is nothing in this parcel.")
    found: dict[UUID, int] = defaultdict(int)
    for line in lines:
        found[line.order_line_id] += line.quantity
    for line_id, pieces in found.items():
        # More than is held at all is for the stock to refuse.
        if free.get(line_id, 0) < pieces <= held.get(line_id, 0):
            raise PiecesBeingRefunded(
                line=public_id("oli", line_id), requested=pieces, free=free[line_id]
            )
    return found


def _tell(order: Order, shipment: Shipment, quantities: dict[UUID, int], now: datetime) -> None:
    skus = dict(order.lines.values_list("pk", "sku"))
    goods = ", ".join(f"{count} × {skus[line_id]}" for line_id, count in quantities.items())
    order.transitions.create(
        step="shipment",
        source=order.status,
        target=order.status,
        actor=context.actor.get(),
        reason=f"{shipment}: {goods}"[:_REASON_LENGTH],
        at=now,
    )
    sent = ShipmentSent(
        shipment_id=str(shipment.pk),
        order_id=str(order.pk),
        number=order.number,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
    )
    emit(sent, now=now)
