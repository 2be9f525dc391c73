from datetime import datetime
from typing import Any
from uuid import UUID

from apps.notifications import selectors
from apps.notifications.services._queue_message import queue_message
from apps.orders import selectors as orders
from apps.shared.db import owns_transaction
from apps.shared.localised import moment_text, money_text
from apps.shared.money import Money
from apps.shared.text import one_line
from apps.shop import selectors as shop

KIND = "payment_reminder"


@owns_transaction
def queue_payment_reminder(*, order_id: UUID, now: datetime) -> UUID | None:
    """Remind the buyer of an unpaid order until when it is kept, once per order; a repetition
    returns the first one.

    None, and nothing is written, for an order that was paid or closed by now.

    Raises OrderNotFound.
    """
    # Locked: it cannot be paid or cancelled between the look and the commit.
    order = orders.order_for_update(order_id=order_id)
    if not selectors.wants_payment(order=order, now=now):
        return None
    return queue_message(
        kind=KIND,
        about=order_id,
        recipient=order.email,
        context=_context(order),
        attachment=None,
        now=now,
    )


def _context(order: Any) -> dict[str, Any]:
    """Everything that others typed is on one line: it cannot pose as a part of the mail."""
    settings = shop.shop_settings()
    address = order.billing_address or order.shipping_address or {}
    total = Money(order.total_amount, order.currency)
    return {
        "shop_name": one_line(settings.name),
        "buyer_name": one_line(address.get("name", "")),
        "order_number": order.number,
        "total": money_text(total, language=settings.language),
        "until": moment_text(order.expires_at, zone=settings.time_zone, language=settings.language),
        "lines": [
            {
                "quantity": line.quantity,
                "title": one_line(line.title),
                "variant_title": one_line(line.variant_title),
            }
            for line in order.lines.all()
        ],
    }
