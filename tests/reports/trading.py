"""Shops that trade at chosen times, and what their figures must be."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from apps.catalog.models import Variant
from apps.finance.models import FinancialTransaction
from apps.orders.models import Order
from apps.refunds import services as refunds
from apps.refunds.dto import Wanted
from apps.refunds.models import Refund
from apps.refunds.states import RefundReason
from apps.reports import selectors
from apps.reports.dto import Figured, Figures
from apps.shared import context
from apps.shared.money import share
from apps.shop.models import ShopSettings
from tests.orders import placing
from tests.refunds.orders import ASKER, work_off

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")  # UTC+7, no summer time
EVER = (date(2000, 1, 1), date(2100, 1, 1))


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of March 2026, UTC."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def live_in(zone: str) -> None:
    ShopSettings.objects.update(time_zone=zone)


def place(goods: Variant, *, now: datetime, pieces: int = 1) -> Order:
    return placing.place((goods, pieces), now=now)


def pay(order: Order, *, now: datetime) -> None:
    placing.tell(order, now=now)
    placing.settle(order, now=now)


def give_back(order: Order, amount: int, *, now: datetime) -> Refund:
    """Asked for and sent; it succeeds."""
    wanted = Wanted(other_amount=amount, reason=RefundReason.OTHER)
    with context.acting(as_actor=ASKER):
        refund = refunds.request_refund(order_id=order.pk, wanted=wanted, now=now)
    assert refunds.send_refund(refund_id=refund.pk, now=now) == "succeeded"
    return refund


def hear() -> None:
    """Make the deliveries that are for figures, as relay and worker do."""
    work_off(("apps.reports",))


def kept() -> Figured:
    first, last = EVER
    return selectors.kept_figures(first=first, last=last)


def counted_by_hand(zone: ZoneInfo) -> Figured:
    """From the rows of orders and books, one by one."""
    sums: dict[tuple[date, str], Counter[str]] = {}

    def add(moment: datetime, currency: str, **more: int) -> None:
        key = moment.astimezone(zone).date(), currency
        sums.setdefault(key, Counter()).update(more)

    for order in Order.objects.all():
        add(order.placed_at, order.currency, placed=1)
        if order.paid_at:
            tax = share(
                order.tax_amount + order.included_tax_amount,
                part=order.due_amount,
                whole=order.total_amount,
            )
            add(order.paid_at, order.currency, paid=1, gross=order.due_amount, tax=tax)
    refunds_of_shop = set(Refund.objects.values_list("pk", flat=True))
    for one in FinancialTransaction.objects.filter(source_id__in=refunds_of_shop):
        sign = 1 if one.kind == "debit" else -1
        add(one.created_at, one.currency, refunds=sign, refunded=sign * one.amount)
    found = {key: Figures(**one) for key, one in sums.items()}
    return {key: one for key, one in found.items() if one != Figures()}
