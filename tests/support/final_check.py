"""What must hold in a shop when all is quiet, whatever was done to it (06-acceptance, INV)."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from apps.finance.models import CreditNote, FinancialTransaction, Invoice
from apps.notifications.models import Message
from apps.orders.models import Order
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.refunds.models import Refund
from apps.shared import clock
from apps.shared.invariants.declare import Severity, declared
from apps.shared.invariants.examine import examine_shop
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.simulator.running import RunningSimulator
from tests.support.live_shops import LiveShop
from tests.support.shops import use_shop
from tests.support.waiting import eventually

_OPEN = (DeliveryState.PENDING, DeliveryState.RUNNING)


def wait_until_quiet(shop: LiveShop, *, seconds: float = 30.0) -> None:
    """Until no delivery of the shop is open."""
    with use_shop(shop):
        eventually(
            lambda: not open_deliveries(), seconds=seconds, what=f"deliveries of {shop.slug} done"
        )


def open_deliveries() -> list[str]:
    """Subscribers that have not acted yet, in the schema that the code works in."""
    return list(EventDelivery.objects.filter(state__in=_OPEN).values_list("subscriber", flat=True))


def check_shop(shop: LiveShop) -> None:
    """AssertionError for a broken invariant. Call it on a quiet system."""
    with use_shop(shop):
        assert_invariants()
        assert_money_agrees(shop.platform.simulator, shop.account)
        assert_documents_agree()
        assert_mails_went_out_once(shop.platform.simulator)


def assert_invariants(
    *, now: datetime | None = None, severities: Collection[str] = Severity, but: str = ""
) -> None:
    """INV 1 to 8 as `manage.py invariants` checks them, in the schema that the code works in.

    Without `LATE` where nobody works off events; `but` is a check that the test itself breaks.
    """
    checks = [one for one in declared() if one.severity in severities and one.name != but]
    examined = examine_shop(now=now or clock.now(), checks=checks)
    unwell = {one.invariant.name: (one.error, one.found) for one in examined if not one.is_well}
    assert unwell == {}


def assert_money_agrees(simulator: RunningSimulator, account: str) -> None:
    """INV 2, INV 3, FIN-005: what the provider captured and gave back is what we say, once."""
    ledger = simulator.payments(account)
    captured = {
        one["payment"]: (one["captured"], one["currency"].upper())
        for one in ledger.values()
        if one["captured"]
    }
    flagged = set(
        PaymentIntent.objects.exclude(flag="").values_list("provider_reference", flat=True)
    )
    succeeded = PaymentIntent.objects.filter(status="succeeded")
    ours = {one.provider_reference: (one.amount, one.currency) for one in succeeded}
    assert {key: value for key, value in captured.items() if key not in flagged} == {
        key: value for key, value in ours.items() if key not in flagged
    }
    given_back = Refund.objects.filter(status="succeeded", reversed_at=None)
    kept = Counter[str]()
    for payment, amount in given_back.values_list("payment_id", "amount"):
        kept[f"{PaymentIntent.objects.get(pk=payment).provider_reference}"] += amount
    assert kept == Counter(
        {one["payment"]: one["refunded"] for one in ledger.values() if one["refunded"]}
    )
    assert max(Counter(succeeded.values_list("order_id", flat=True)).values(), default=0) <= 1
    # Besides those of payments there are those of refunds that came back.
    credits = FinancialTransaction.objects.filter(
        kind="credit", source_id__in=succeeded.values("pk")
    )
    paid = Order.objects.exclude(paid_at=None)
    assert sorted(credits.values_list("amount", flat=True)) == sorted(
        paid.values_list("total_amount", flat=True)
    )
    assert not ProviderEvent.objects.filter(state="received").exists()


def assert_documents_agree() -> None:
    """INV 5, FIN-001, FIN-003: an invoice per paid order, without gaps; a message per invoice."""
    paid = set(Order.objects.exclude(paid_at=None).values_list("pk", flat=True))
    invoices = Invoice.objects.order_by("sequence")
    assert sorted(invoices.values_list("order_id", flat=True)) == sorted(paid)
    assert list(invoices.values_list("sequence", flat=True)) == list(range(1, len(paid) + 1))
    assert not invoices.filter(document_path="").exists()
    messages = Message.objects.filter(kind="order_confirmation").values_list("status", flat=True)
    assert list(messages) == ["sent"] * len(paid)
    told = Message.objects.filter(kind="refund_confirmation").values_list("status", flat=True)
    assert list(told) == ["sent"] * CreditNote.objects.count()


def assert_mails_went_out_once(simulator: RunningSimulator) -> None:
    """INV 5: one confirmation for a paid order and one for each credit note, none for another
    order; each order has an own address."""
    for order_id, email, paid_at in Order.objects.values_list("pk", "email", "paid_at"):
        wanted = (1 if paid_at else 0) + CreditNote.objects.filter(order_id=order_id).count()
        assert len(simulator.mails(to=email)) == wanted, email
