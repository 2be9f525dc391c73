"""What is counted where it happens."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.errors import NothingToRelease
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.shared import metrics
from apps.shared.db import owns_transaction
from tests.orders.placing import NOW, intent_of, paid, place, settle, tell
from tests.shared.test_metrics import counted
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

Committing = Callable[..., Any]


def rise(sample: str, act: Callable[[], object]) -> float:
    """By how much a sample rose while `act` ran."""
    before = counted(metrics.exposition(), sample)
    act()
    return counted(metrics.exposition(), sample) - before


def test_an_order_and_a_checkout_without_stock(client_a: ShopClient) -> None:
    """S3: one is counted when it is there, the other when it is refused; a replay is neither."""
    connect_payments()
    goods = make_variant(stock=1)
    first, second = new_cart(client_a, (goods, 1)), new_cart(client_a, (goods, 1))

    def buy() -> None:
        statuses = [first.complete(idempotency_key="a").status_code for _ in range(2)]
        assert statuses == [201, 201]

    def buy_what_is_gone() -> None:
        assert second.complete().status_code == 409

    assert rise("orders_created_total", buy) == 1
    assert rise("stock_reservation_failures_total", buy_what_is_gone) == 1
    assert rise("orders_created_total", buy_what_is_gone) == 0


@pytest.mark.parametrize(
    ("move", "step"),
    [
        (inventory.release_line_stock, "released"),
        (inventory.ship_stock, "shipped"),
        (inventory.return_stock, "returned"),
    ],
)
def test_more_than_was_held_is_refused_and_counted(
    shop_a: TestShop, move: Callable[..., object], step: str
) -> None:
    """S6."""
    order = paid((make_variant(stock=5), 2))
    too_many = [LineQuantity(order.lines.get().pk, 3)]

    def excess() -> None:
        with pytest.raises(Exception, match="than") as refused:
            owns_transaction(move)(
                order_id=order.pk, lines=too_many, reference=Reference("test", "1"), now=NOW
            )
        assert isinstance(refused.value, NothingToRelease.__bases__[0])

    assert rise(f'stock_steps_refused_total{{step="{step}"}}', excess) == 1


def test_a_declined_attempt_is_counted_by_its_reason_once_committed(
    shop_a: TestShop, django_capture_on_commit_callbacks: Committing
) -> None:
    order = place((make_variant(), 1))

    @owns_transaction
    def decline(code: str) -> None:
        intent = payments.intent_for_update(intent_id=intent_of(order).pk)
        fact = ProviderIntent(
            reference="pi_1",
            state=ProviderState.OPEN,
            amount_received=0,
            currency="USD",
            failure_code=code,
        )
        payment_services.apply_provider_intent(intent=intent, fact=fact, now=NOW)

    def twice() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            decline("insufficient_funds")
            decline("insufficient_funds")
            decline("something new")

    sample = 'payment_failures_total{{reason="{}"}}'
    assert rise(sample.format("insufficient_funds"), twice) == 1
    assert counted(metrics.exposition(), sample.format("other")) >= 1
    assert b"something new" not in metrics.exposition()


def test_money_that_fits_no_order_is_counted(
    shop_a: TestShop, django_capture_on_commit_callbacks: Committing
) -> None:
    """PAY-008."""
    order = paid((make_variant(), 1))
    late = place((make_variant(), 1))

    def pay_too_late() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            type(late).objects.filter(pk=late.pk).update(status="cancelled", closed="cancelled")
            tell(late)
            settle(late)

    assert order.status == "paid"
    assert rise('payments_flagged_total{reason="order_not_payable"}', pay_too_late) == 1
