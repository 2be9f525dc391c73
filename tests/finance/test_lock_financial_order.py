import logging
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from apps.finance import services
from apps.finance.dto import InvoiceContent
from apps.finance.errors import FinancialTotalsMismatch
from apps.finance.models import FinancialOrder
from apps.shared.ids import new_id, public_id
from tests.support.shops import TestShop

from .orders import NOW, lock
from .samples import content


def test_an_order_locks_its_totals_and_what_its_invoice_will_say(
    shop_a: TestShop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        order_id = lock()

    order = FinancialOrder.objects.get(order_id=order_id)
    assert (order.status, order.order_number, order.currency) == ("locked", "10482", "USD")
    assert (order.subtotal_amount, order.discount_amount, order.shipping_amount) == (2500, 0, 500)
    assert (order.tax_amount, order.total_amount) == (240, 3240)
    assert (order.locked_at, order.paid_at) == (NOW, None)
    assert InvoiceContent.from_json(order.content) == content()
    [line] = [one for one in caplog.records if one.message == "financial_order.locked"]
    assert (line.order, line.total_amount) == (public_id("ord", order_id), 3240)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "told",
    [
        content(total_amount=3241),
        content(tax_amount=239),
        content(discount_amount=1),
        content(shipping_amount=501),
    ],
)
def test_order_007_amounts_that_do_not_add_up_are_refused(
    shop_a: TestShop, told: InvoiceContent
) -> None:
    """ORDER-007."""
    with pytest.raises(FinancialTotalsMismatch):
        lock(told=told)

    assert FinancialOrder.objects.count() == 0


@pytest.mark.parametrize("told", [content(currency="EUR"), content(subtotal_amount=2501)])
def test_an_invoice_cannot_tell_of_other_amounts_than_the_order(
    shop_a: TestShop, told: InvoiceContent
) -> None:
    with transaction.atomic(), pytest.raises(FinancialTotalsMismatch):
        services.lock_financial_order(
            order_id=lock(),
            currency="USD",
            subtotal_amount=2500,
            discount_amount=0,
            shipping_amount=500,
            tax_amount=240,
            total_amount=3240,
            content=told.to_json(),
            now=NOW,
        )

    assert FinancialOrder.objects.count() == 1


def test_an_order_is_locked_once(shop_a: TestShop) -> None:
    order_id = lock()

    with pytest.raises(IntegrityError):
        lock(order_id)

    assert FinancialOrder.objects.count() == 1


def test_content_survives_its_way_through_json() -> None:
    told = content()

    assert InvoiceContent.from_json(told.to_json()) == told
    assert replace(told, lines=()) == InvoiceContent.from_json(replace(told, lines=()).to_json())


def test_locking_is_a_step_of_somebody_elses_transaction(committed_shop: TestShop) -> None:
    told = content()
    with pytest.raises(RuntimeError):
        services.lock_financial_order(
            order_id=new_id(),
            currency=told.currency,
            subtotal_amount=told.subtotal_amount,
            discount_amount=told.discount_amount,
            shipping_amount=told.shipping_amount,
            tax_amount=told.tax_amount,
            total_amount=told.total_amount,
            content=told.to_json(),
            now=NOW,
        )

    assert FinancialOrder.objects.count() == 0
