"""`manage.py repair refunds`, with the official SDK against the simulator."""

import pytest

from apps.orders.models import Order
from apps.payments import services as payments
from apps.refunds import services
from apps.refunds.models import Refund
from apps.shared.audit.models import AuditEntry
from apps.shared.schema import PUBLIC
from tests.refunds.orders import NOW, ask, books, send, statuses
from tests.refunds.test_simulator import Provider, paid
from tests.repair.running import Run, repair
from tests.repair.test_payments import provider, simulator, writes
from tests.support.shops import TestShop
from tests.support.tables import fingerprints

__all__ = ["provider", "simulator"]


@pytest.fixture
def order(provider: Provider, shop_a: TestShop) -> Order:
    """Two at 10.00 and 5.00 of shipping, paid at the simulator."""
    return paid(provider, shop_a)


def refunds(shop: TestShop, *arguments: str) -> Run:
    return repair("refunds", "--older-than", "0", *arguments, shop=shop)


def unsent_and_unanswered(order: Order) -> tuple[Refund, Refund]:
    """One that no worker sent; one whose worker was killed when the provider had answered."""
    unsent, unanswered = ask(order, other_amount=300), ask(order, other_amount=700)
    wish = services.begin_refund(refund_id=unanswered.pk, now=NOW)
    assert wish is not None
    payments.request_provider_refund(
        payment_id=wish.payment_id,
        refund_id=unanswered.pk,
        amount=wish.amount,
        currency=wish.currency,
        key=wish.key,
        is_repeated=False,
    )
    return unsent, unanswered


def test_a_dry_run_asks_and_writes_nothing_here_or_there(
    provider: Provider, order: Order, shop_a: TestShop
) -> None:
    unsent, unanswered = unsent_and_unanswered(order)
    Order.objects.update(payment_status="refunded", status="refunded")
    before, told = fingerprints(shop_a.schema, PUBLIC), writes(provider)

    run = refunds(shop_a, "--dry-run")

    assert f"refund {unsent.public_id} (300 USD of {order.public_id})" in run.text
    assert "at_provider  unknown → sent again under its key" in run.text
    assert f"refund {unanswered.public_id} " in run.text
    assert "status       processing → succeeded" in run.text
    assert "totals of order" in run.text, "what needs a person is told by a dry run too"
    assert "2 would be mended; nothing was changed" in run.text
    assert run.code == 3
    assert fingerprints(shop_a.schema, PUBLIC) == before
    assert writes(provider) == told


def test_every_cent_goes_back_once(provider: Provider, order: Order, shop_a: TestShop) -> None:
    unsent_and_unanswered(order)

    run = refunds(shop_a, "--yes")

    assert (run.code, "2 mended, 0 well by now, 0 failed" in run.text) == (0, True)
    assert provider.refunded(order) == 1000
    assert sorted(books(order)) == [("credit", 2500), ("debit", 300), ("debit", 700)]
    assert statuses(order) == ("partially_refunded", "partially_refunded")
    provider.webhooks()
    assert "0 refunds to mend" in refunds(shop_a, "--yes").text
    assert provider.refunded(order) == 1000
    assert AuditEntry.objects.filter(action="repair.refunds").count() == 2


def test_totals_are_mended_by_the_order_s_id(
    provider: Provider, order: Order, shop_a: TestShop
) -> None:
    send(ask(order, other_amount=2500))
    Order.objects.update(payment_status="paid", status="paid")
    run = refunds(shop_a, "--id", order.public_id, "--dry-run")
    assert "payment_status  paid → refunded" in run.text
    assert statuses(order) == ("paid", "paid")
    assert "1 mended" in refunds(shop_a, "--only", "totals", "--yes").text
    assert statuses(order) == ("refunded", "refunded")
    assert "0 refunds to mend" in refunds(shop_a, "--yes").text


def test_a_refund_by_its_id_and_ids_that_mean_nothing(
    provider: Provider, order: Order, shop_a: TestShop
) -> None:
    wanted, other = ask(order, other_amount=300), ask(order, other_amount=200)
    assert "1 mended" in refunds(shop_a, "--id", wanted.public_id, "--yes").text
    other.refresh_from_db()
    assert other.status == "approved"
    run = refunds(shop_a, "--id", "pay_1", "--yes")
    assert (run.code, "begin with ref_" in run.hints) == (1, True)
