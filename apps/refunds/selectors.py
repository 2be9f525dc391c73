"""Reading refunds."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from apps.orders.errors import OrderBeingCancelled
from apps.refunds.dto import ReportedRefund, WantedLine
from apps.refunds.errors import RefundNotFound
from apps.refunds.models import Refund, RefundLine
from apps.refunds.shares import AllTaken, Part, Parts, Snapshot, Taken, parts_of
from apps.refunds.states import IN_FLIGHT, RefundFlag, RefundSource, RefundStatus, Restock

if TYPE_CHECKING:
    from apps.orders.models import Order

_KEPT = Q(status=RefundStatus.SUCCEEDED, reversed_at__isnull=True)
_HELD = _KEPT | Q(status__in=IN_FLIGHT)
# What a payment that never paid its order gave back is none of the order's own refunds (PAY-008).
_OF_ORDER = Q(is_orphan=False)

# A refund that was approved, or sent, is taken up again by a sweep: after two minutes, four, eight,
# … and then every six hours, for a bit more than a week. docs/runbooks/reconciliation.md
FIRST_RETRIED_AFTER = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=6)
STUCK_AFTER_ATTEMPTS = 8
MOST_ATTEMPTS = 40
# Movements are pruned after two years: a refund that is older may have lost those in its name.
MOVEMENTS_KEPT = timedelta(days=700)


def order_of_refund(*, refund_id: UUID) -> UUID:
    """Which order to lock before the refund. Raises RefundNotFound."""
    order_id = Refund.objects.filter(pk=refund_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise RefundNotFound
    return order_id


def refund_for_update(*, refund_id: UUID) -> Refund:
    """The refund, locked; the caller holds its order's lock. Raises RefundNotFound."""
    try:
        return Refund.objects.select_for_update(of=("self",)).get(pk=refund_id)
    except Refund.DoesNotExist:
        raise RefundNotFound from None


def refund_by_id(*, refund_id: UUID) -> Refund:
    """Raises RefundNotFound."""
    found = Refund.objects.filter(pk=refund_id).first()
    if found is None:
        raise RefundNotFound
    return found


def refunds_of_references(*, references: Collection[str]) -> list[Refund]:
    """The refunds that have these references at the provider. One statement."""
    return list(Refund.objects.filter(provider_reference__in=references))


def refunds_succeeded_between(*, since: datetime, until: datetime) -> list[Refund]:
    """Refunds that we took as succeeded in [since, until) and that stayed so. One statement."""
    return list(Refund.objects.filter(_KEPT, updated_at__gte=since, updated_at__lt=until))


def overdue_refund_for_update(*, now: datetime) -> Refund | None:
    """A refund whose outcome should be known by now, locked: the one that waited longest. Those
    that another worker holds are passed over."""
    due = Q(attempts=0, updated_at__lte=now - FIRST_RETRIED_AFTER)
    for attempts in range(1, STUCK_AFTER_ATTEMPTS):
        due |= Q(attempts=attempts, asked_at__lte=now - FIRST_RETRIED_AFTER * 2**attempts)
    due |= Q(attempts__gte=STUCK_AFTER_ATTEMPTS, asked_at__lte=now - LONGEST_PAUSE)
    waiting = Refund.objects.select_for_update(of=("self",), skip_locked=True).filter(
        due,
        status__in=(RefundStatus.APPROVED, RefundStatus.PROCESSING),
        attempts__lt=MOST_ATTEMPTS,
    )
    return waiting.order_by("updated_at").first()


def is_orphan_given_back(*, payment_id: UUID) -> bool:
    """Whether a refund of our own for this orphan payment is under way, or has succeeded."""
    ours = Refund.objects.filter(
        _HELD, payment_id=payment_id, is_orphan=True, source=RefundSource.SHOP
    )
    return ours.exists()


def failed_orphan_refunds(*, payment_id: UUID) -> list[Refund]:
    """Attempts to give an orphan payment back that the provider refused, the newest first."""
    failed = Refund.objects.filter(
        payment_id=payment_id, is_orphan=True, status=RefundStatus.FAILED
    )
    return list(failed.order_by("-id"))


def reported_refund_for_update(*, reported: ReportedRefund) -> Refund | None:
    """The refund that the provider tells of, locked: by its reference, or by our own id in it."""
    ours = Refund.objects.select_for_update(of=("self",)).filter(order_id=reported.order_id)
    found = ours.filter(provider_reference=reported.provider_reference).first()
    if found is None and reported.refund_id is not None:
        found = ours.filter(pk=reported.refund_id).first()
    return found


def refunds_of_order(*, order_id: UUID) -> QuerySet[Refund]:
    """All attempts of an order, oldest first."""
    return Refund.objects.filter(order_id=order_id).order_by("id")


def has_refund_in_flight(*, order_id: UUID) -> bool:
    """Whether one waits for a decision or for the provider."""
    return Refund.objects.filter(_OF_ORDER, order_id=order_id, status__in=IN_FLIGHT).exists()


def refuse_while_being_cancelled(*, order_id: UUID) -> None:
    """What is about to be given back in full must not leave the house.

    Raises OrderBeingCancelled; the caller holds the order's lock.
    """
    cancelling = Refund.objects.filter(order_id=order_id, cancels_order=True, status__in=IN_FLIGHT)
    if (refund := cancelling.first()) is not None:
        raise OrderBeingCancelled(refund=refund.public_id)


def given_back(*, order_id: UUID) -> int:
    """What customers have got back of an order for good, in minor units."""
    kept = Refund.objects.filter(_KEPT, _OF_ORDER, order_id=order_id)
    return kept.aggregate(total=Sum("amount"))["total"] or 0


def taken_of_order(*, order_id: UUID) -> AllTaken:
    """What is given back or in flight, per part (REF-003). Two statements."""
    held = Refund.objects.filter(_HELD, _OF_ORDER, order_id=order_id)
    whole = held.aggregate(
        amount=Sum("amount", default=0),
        tax=Sum("tax_amount", default=0),
        shipping=Sum("shipping_amount", default=0),
        shipping_tax=Sum("shipping_tax_amount", default=0),
    )
    rows = RefundLine.objects.filter(refund__in=held).values("order_line_id")
    sums = rows.annotate(
        pieces=Sum("quantity"), worth=Sum("amount"), tax=Sum("tax_amount")
    ).order_by()
    return AllTaken(
        whole=Taken(amount=whole["amount"], tax=whole["tax"]),
        shipping=Taken(amount=whole["shipping"], tax=whole["shipping_tax"]),
        lines={
            one["order_line_id"]: Taken(quantity=one["pieces"], amount=one["worth"], tax=one["tax"])
            for one in sums
        },
    )


def parts_of_order(*, order: "Order") -> Parts:
    """The order's snapshot as refunds see it."""
    return parts_of(
        Snapshot(
            total=order.total_amount,
            shipping=order.shipping_amount,
            tax=order.tax_amount,
            included_tax=order.included_tax_amount,
            reduction=order.reduction_amount,
            lines={
                line.pk: Part(amount=line.total_amount, tax=line.tax_amount, quantity=line.quantity)
                for line in order.lines.all()
            },
        )
    )


def quantities_by_restock(*, refund: Refund) -> dict[str, list[tuple[UUID, int]]]:
    """The refund's lines as (order line, pieces), by what becomes of the goods."""
    found: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
    for line in refund.lines.order_by("id"):
        found[line.restock].append((line.order_line_id, line.quantity))
    return found


def wanted_lines(*, refund: Refund) -> tuple[WantedLine, ...]:
    """The refund's lines as they were asked for."""
    return tuple(
        WantedLine(
            order_line_id=line.order_line_id,
            quantity=line.quantity,
            restock=Restock(line.restock),
        )
        for line in refund.lines.all()
    )


def undecided_lines(*, refund: Refund) -> list[RefundLine]:
    """Lines of a succeeded refund whose goods moved nowhere in its name: all of a flagged one."""
    lines = refund.lines.order_by("id")
    if refund.flag != RefundFlag.STOCK_NOT_MOVED:
        lines = lines.filter(restock=Restock.NONE)
    return list(lines)


def is_retried(*, refund_id: UUID) -> bool:
    """Whether a new attempt of this refund is under way, or has succeeded."""
    return Refund.objects.filter(_HELD, retry_of_id=refund_id).exists()


def succeeded_refunds_of_order(*, order_id: UUID) -> list[Refund]:
    """What was given back of an order's own payment, reversed ones too, the oldest first."""
    done = Refund.objects.filter(_OF_ORDER, order_id=order_id, status=RefundStatus.SUCCEEDED)
    return list(done.order_by("id"))


def restocks(*, refund: Refund) -> bool:
    """Whether any line of the refund moves stock."""
    return refund.lines.exclude(restock=Restock.NONE).exists()


def refunds_under_way(*, older_than: datetime) -> list[UUID]:
    """Refunds that were approved, or sent, and nothing happened to since; the oldest first."""
    waiting = Refund.objects.filter(
        status__in=(RefundStatus.APPROVED, RefundStatus.PROCESSING), updated_at__lt=older_than
    )
    return list(waiting.order_by("id").values_list("pk", flat=True))


def given_back_by_order() -> dict[UUID, int]:
    """What is given back for good of every order of which anything was; one statement."""
    kept = Refund.objects.filter(_KEPT, _OF_ORDER).order_by().values_list("order_id")
    return dict(kept.annotate(given_back=Sum("amount")))


def refunds_whose_stock_may_lack(*, now: datetime) -> dict[UUID, bool]:
    """Refunds that succeeded and move stock, with whether they are flagged for want of it."""
    moving = RefundLine.objects.exclude(restock=Restock.NONE).values("refund_id")
    is_flagged = Q(flag=RefundFlag.STOCK_NOT_MOVED)
    kept = Refund.objects.filter(
        _KEPT, is_flagged | Q(updated_at__gt=now - MOVEMENTS_KEPT), pk__in=moving
    )
    rows = kept.order_by("id").values_list("pk", "flag")
    return {key: flag == RefundFlag.STOCK_NOT_MOVED for key, flag in rows}
