"""Reading messages."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from apps.orders.states import UNPAID
from apps.payments import selectors as payments
from apps.payments.states import IntentStatus
from apps.shared.fast_rows import Lookup
from apps.shared.ids import public_id

from .errors import MessageNotFound
from .models import Message

if TYPE_CHECKING:
    from apps.orders.models import Order

_MESSAGE = Lookup(Message, "id = %s")
_LOCKED_MESSAGE = Lookup(Message, "id = %s FOR UPDATE")


def message(*, message_id: UUID) -> Message:
    """Raises MessageNotFound."""
    return _found(_MESSAGE.first(message_id), message_id)


def message_for_update(*, message_id: UUID) -> Message:
    """The message, with the row locked. Raises MessageNotFound."""
    return _found(_LOCKED_MESSAGE.first(message_id), message_id)


def keys_in_use(*, dedupe_keys: Collection[str]) -> set[str]:
    """Those of the keys whose message was written already. One statement."""
    rows = Message.objects.filter(dedupe_key__in=dedupe_keys)
    return set(rows.values_list("dedupe_key", flat=True))


def wants_payment(*, order: "Order", now: datetime) -> bool:
    """Whether an order's buyer has still to pay, and can: it is unpaid, its time is not up, and its
    money was not taken a moment ago."""
    if order.status not in UNPAID or order.expires_at <= now:
        return False
    intent = payments.standing_intent(order_id=order.pk)
    return intent is None or intent.status != IntentStatus.SUCCEEDED


def _found(row: Message | None, message_id: UUID) -> Message:
    if row is None:
        raise MessageNotFound(message=public_id("msg", message_id))
    return row
