"""INV: what must hold in a shop after a fault, once all is quiet (06-acceptance)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Sum

from apps.inventory.models import Reservation
from apps.notifications.models import Message
from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from apps.refunds.models import Refund
from apps.refunds.states import RefundStatus
from apps.shared import clock
from apps.shared.ids import parse_public_id
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.faults.client_log import ClientLog, Outcome
from tests.faults.load import Goods
from tests.support.final_check import (
    assert_documents_agree,
    assert_invariants,
    assert_money_agrees,
)
from tests.support.order_invariants import (
    assert_books_agree,
    assert_goods_agree,
    assert_orders_are_whole,
    assert_refunded_goods_agree,
)
from tests.support.shops import use_shop

_LONGEST_TOLD = 600
_LATE = timedelta(seconds=8)


def violations(goods: Goods, log: ClientLog) -> list[str]:
    """What is broken in the shop, by invariant; empty when all is well."""
    shop = goods.shop
    simulator, account = shop.platform.simulator, shop.account
    checks: dict[str, Callable[[], None]] = {
        "INV 1 to 8": assert_invariants,
        "INV 2": lambda: assert_money_agrees(simulator, account),
        "INV 3": lambda: _assert_refunds_agree(goods),
        "INV 4": lambda: _assert_each_checkout_is_one_order(goods, log),
        "INV 5": assert_documents_agree,
        "INV 5 mails": lambda: _assert_one_mail_each(goods),
        "INV 7": _assert_no_dead_letter,
        "INV 8": _assert_nothing_held_too_long,
        "goods": assert_goods_agree,
        "orders": assert_orders_are_whole,
        "refunded goods": assert_refunded_goods_agree,
        "books": assert_books_agree,
    }
    found = []
    with use_shop(shop):
        for name, check in checks.items():
            try:
                check()
            except AssertionError as broken:
                found.append(f"{name} {shop.slug}: {broken}"[:_LONGEST_TOLD])
    return found


def repeated_mails(goods: Goods) -> int:
    """Mails that went out twice under one Message-ID: the one window that SMTP leaves open."""
    with use_shop(goods.shop):
        emails = list(Order.objects.exclude(paid_at=None).values_list("email", flat=True))
    mails = [goods.shop.platform.simulator.mails(to=email) for email in emails]
    return sum(len(found) - len({one["message_id"] for one in found}) for found in mails)


def late_deliveries(goods: Goods) -> list[str]:
    """What waited long, and why, as far as the rows tell: a lease that ran out, an error."""
    with use_shop(goods.shop):
        took = F("delivered_at") - F("event__occurred_at")
        late = EventDelivery.objects.annotate(took=took).filter(took__gt=_LATE)
        return [
            f"{one.subscriber} took {one.took.total_seconds():.0f} s"
            f" (attempts {one.attempts}, hands {one.token})"
            for one in late.order_by("-took")[:2]
        ]


def _assert_refunds_agree(goods: Goods) -> None:
    """Per payment: what the provider gave back is what our succeeded refunds say, ≤ captured."""
    kept = Refund.objects.filter(status=RefundStatus.SUCCEEDED, reversed_at=None)
    ours = dict(kept.values_list("payment_id").annotate(total=Sum("amount")))
    references = {
        one.provider_reference: ours.get(one.pk, 0) for one in PaymentIntent.objects.all()
    }
    for reference, one in goods.shop.platform.simulator.payments(goods.shop.account).items():
        theirs = (one["refunded"], references.get(reference, 0))
        assert theirs[0] == theirs[1], f"{reference}: refunded {theirs} (provider, shop)"
        assert one["refunded"] <= one["captured"], f"{reference}: more than was captured"
    for order in Order.objects.exclude(paid_at=None):
        given = kept.filter(order_id=order.pk).aggregate(total=Sum("amount"))["total"] or 0
        assert (order.payment_status == "refunded") == (given == order.total_amount), order.pk


def _assert_each_checkout_is_one_order(goods: Goods, log: ClientLog) -> None:
    """Each acknowledged checkout has its order, and there are no others but settled ones."""
    mine = [one for one in log.of("checkout") if one.shop == goods.shop]
    told = {
        _id("cart", one.path.split("/")[1]): _id("ord", one.answer.json()["id"])
        for one in mine
        if one.outcome is Outcome.OK and one.answer is not None
    }
    there = dict(Order.objects.values_list("cart_id", "pk"))
    assert len(there) == Order.objects.count()
    missing = {cart for cart, order in told.items() if there.get(cart) != order}
    assert not missing, f"acknowledged, but not there: {missing}"
    never_told = there.keys() - told.keys()
    assert not never_told, f"orders that no client knows of: {never_told}"


def _assert_one_mail_each(goods: Goods) -> None:
    """To each buyer what we queued for him and no more: a message of each kind about one thing.
    A copy under the same Message-ID is counted elsewhere."""
    simulator = goods.shop.platform.simulator
    for email in Order.objects.values_list("email", flat=True):
        sent = {one["message_id"] for one in simulator.mails(to=email)}
        # A reminder of what was paid or closed meanwhile is not sent.
        ours = Message.objects.filter(recipient=email).exclude(status="withdrawn")
        assert sent == set(ours.values_list("provider_message_id", flat=True)), email


def _assert_no_dead_letter() -> None:
    dead = EventDelivery.objects.filter(state=DeliveryState.DEAD)
    assert not dead.exists(), list(dead.values_list("subscriber", "last_error"))


def _assert_nothing_held_too_long() -> None:
    """No unpaid order holds stock past its time; no closed one holds any."""
    late = Order.objects.filter(paid_at=None, closed="", expires_at__lt=clock.now())
    assert not late.exists(), list(late)
    early = Order.objects.filter(closed="failed")
    assert not early.exists(), f"expired before their time: {list(early)}"
    held = Reservation.objects.exclude(order_id__in=Order.objects.filter(closed="").values("pk"))
    still = [one.pk for one in held if one.quantity > one.shipped + one.released]
    assert not still, f"closed orders hold stock: {still}"


def _id(prefix: str, text: str) -> UUID:
    found = parse_public_id(prefix, text)
    assert found is not None, text
    return found
