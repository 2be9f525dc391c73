"""The refunds' part of an order's timeline: money that the customer has got back."""

from collections.abc import Iterable
from uuid import UUID

from apps.orders.timeline import Kind, Moment
from apps.refunds.models import RefundEvent
from apps.refunds.states import RefundStatus


def refunds_of_order(order_id: UUID) -> Iterable[Moment]:
    """Refunds that succeeded and were not reversed, whoever made them. One statement."""
    succeeded = RefundEvent.objects.filter(
        refund__order_id=order_id, refund__reversed_at__isnull=True, step=RefundStatus.SUCCEEDED
    )
    for at, amount in succeeded.values_list("at", "refund__amount"):
        yield Moment(at=at, kind=Kind.REFUNDED, by="shop", amount=amount)
