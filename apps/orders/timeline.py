"""What happened to an order, as the people who bought may see it: no names of staff, no reasons.

Other apps tell their part: they register a function that reads it, with `tells_of_orders`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from apps.orders.models import OrderTransition, Shipment


class Kind(StrEnum):
    """What a moment is about."""

    PLACED = "placed"
    PAID = "paid"
    PACKED = "packed"
    PARCEL_SENT = "parcel_sent"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ParcelGoods:
    """So many pieces of an order's line in a parcel."""

    line_id: UUID
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """What left together, and how to follow it."""

    id: UUID
    carrier: str
    tracking_number: str
    goods: tuple[ParcelGoods, ...]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing that happened. `amount` is in minor units of the order's currency."""

    at: datetime
    kind: Kind
    by: str
    amount: int | None = None
    parcel: Parcel | None = None


# Of things that happened at the same moment, the cause comes first.
_ORDER = list(Kind)
Source = Callable[[UUID], Iterable[Moment]]
_sources: list[Source] = []
_PUBLIC_STEPS = {
    "": Kind.PLACED,
    "paid": Kind.PAID,
    "packed": Kind.PACKED,
    "shipped": Kind.SHIPPED,
    "delivered": Kind.DELIVERED,
    "fulfilled": Kind.FULFILLED,
    "cancelled": Kind.CANCELLED,
    "failed": Kind.EXPIRED,
}


def tells_of_orders(source: Source) -> Source:
    """Register a function that reads a part of an order's timeline, in any order."""
    if source not in _sources:
        _sources.append(source)
    return source


def timeline_of(*, order_id: UUID) -> list[Moment]:
    """Oldest first. As many statements for a long story as for a short one."""
    moments = [moment for source in (_steps, _parcels, *_sources) for moment in source(order_id)]
    return sorted(moments, key=lambda moment: (moment.at, _ORDER.index(moment.kind)))


def by_whom(actor: str) -> str:
    """`customer`, `shop` or `system`: who it was exactly is the shop's business."""
    kind = actor.partition(":")[0]
    return {"customer": "customer", "anonymous": "customer", "staff": "shop"}.get(kind, "system")


def _steps(order_id: UUID) -> Iterable[Moment]:
    steps = OrderTransition.objects.filter(order_id=order_id).order_by("id")
    for step in steps:
        kind = _PUBLIC_STEPS.get(step.step or step.source)
        if kind is not None:
            yield Moment(at=step.at, kind=kind, by=by_whom(step.actor))


def _parcels(order_id: UUID) -> Iterable[Moment]:
    for sent in Shipment.objects.filter(order_id=order_id).prefetch_related("lines"):
        goods = tuple(ParcelGoods(one.order_line_id, one.quantity) for one in sent.lines.all())
        parcel = Parcel(sent.pk, sent.carrier, sent.tracking_number, goods)
        yield Moment(at=sent.shipped_at, kind=Kind.PARCEL_SENT, by="shop", parcel=parcel)
