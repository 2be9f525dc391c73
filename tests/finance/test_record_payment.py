import logging
from uuid import UUID

import pytest
from django.db import transaction

from apps.finance import services
from apps.finance.errors import FinancialAmountMismatch, FinancialOrderNotFound
from apps.finance.models import FinancialOrder, FinancialTransaction
from apps.shared.ids import new_id, public_id
from apps.shared.states import InvalidTransition
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

from .orders import NOW, lock, pay


def record(order_id: UUID, intent: UUID) -> None:
    with transaction.atomic():
        services.record_payment(
            order_id=order_id, payment_intent_id=intent, amount=3240, currency="USD", now=NOW
        )


def test_fin_002_a_payment_makes_the_order_paid_with_one_credit(
    shop_a: TestShop, caplog: pytest.LogCaptureFixture
) -> None:
    """FIN-002."""
    order_id = lock()

    with caplog.at_level(logging.INFO):
        intent = pay(order_id)

    order = FinancialOrder.objects.get(order_id=order_id)
    credit = FinancialTransaction.objects.get()
    assert (order.status, order.paid_at) == ("paid", NOW)
    assert (credit.kind, credit.amount, credit.currency) == ("credit", 3240, "USD")
    assert (credit.source_id, credit.financial_order_id) == (intent, order.pk)
    [line] = [one for one in caplog.records if one.message == "financial_order.paid"]
    assert line.order == public_id("ord", order_id)  # type: ignore[attr-defined]
    assert line.payment == public_id("pay", intent)  # type: ignore[attr-defined]


def test_fin_002_the_same_intent_again_changes_nothing(shop_a: TestShop) -> None:
    """FIN-002."""
    order_id = lock()
    intent = pay(order_id)

    record(order_id, intent)

    assert FinancialTransaction.objects.count() == 1


def test_fin_002_another_intent_cannot_pay_a_paid_order(shop_a: TestShop) -> None:
    """FIN-002."""
    order_id = lock()
    pay(order_id)

    with pytest.raises(InvalidTransition):
        record(order_id, new_id())

    assert FinancialTransaction.objects.count() == 1


@pytest.mark.parametrize(("amount", "currency"), [(3239, "USD"), (3241, "USD"), (3240, "EUR")])
def test_money_that_is_not_the_locked_total_is_refused(
    shop_a: TestShop, amount: int, currency: str
) -> None:
    order_id = lock()

    with pytest.raises(FinancialAmountMismatch) as refusal:
        pay(order_id, amount=amount, currency=currency)

    assert refusal.value.code == "financial_amount_mismatch"
    assert refusal.value.details["expected_amount"] == 3240
    assert FinancialOrder.objects.get().status == "locked"
    assert FinancialTransaction.objects.count() == 0


def test_an_unknown_order_cannot_be_paid(shop_a: TestShop) -> None:
    with pytest.raises(FinancialOrderNotFound):
        pay(new_id())


def test_fin_002_ten_deliveries_at_once_book_one_credit(committed_shop: TestShop) -> None:
    """FIN-002."""
    order_id, intent = lock(), new_id()

    results = race(committed_shop, *[lambda: record(order_id, intent)] * 10)

    assert outcomes(results) == ["ok"] * 10
    assert FinancialTransaction.objects.count() == 1


def test_fin_002_of_two_intents_at_once_one_pays(committed_shop: TestShop) -> None:
    """FIN-002."""
    order_id = lock()

    results = race(
        committed_shop, lambda: record(order_id, new_id()), lambda: record(order_id, new_id())
    )

    assert outcomes(results) == ["InvalidTransition", "ok"]
    assert FinancialTransaction.objects.count() == 1
