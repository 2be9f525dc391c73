"""Payers who want their money back through the bank: noted, shown, and in any order of arrival."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.payments import services
from apps.payments.models import PaymentDispute, PaymentIntent, ProviderEvent
from apps.shared.db import owns_transaction
from apps.shared.outbox.models import DomainEvent
from tests.admin.browser import owner_of
from tests.admin.rows import an_intent, an_order
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DUE = 1_767_700_000
Told = tuple[str, str, int]
CREATED: Told = ("charge.dispute.created", "needs_response", 100)
ANSWERED: Told = ("charge.dispute.updated", "under_review", 200)
LOST: Told = ("charge.dispute.closed", "lost", 300)
_numbers = itertools.count()


@pytest.fixture
def intent(shop_a: TestShop) -> PaymentIntent:
    connect_payments()
    made = an_intent(an_order(lines=1))
    made.provider_reference = "pi_1"
    made.save()
    return made


@owns_transaction
def hear(told: Told, **changes: Any) -> str:
    kind, status, at = told
    about = {
        "id": "du_1",
        "object": "dispute",
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "amount": 600,
        "currency": "usd",
        "reason": "product_not_received",
        "status": status,
        "evidence_details": {"due_by": DUE, "has_evidence": False},
        **changes,
    }
    event_id = f"evt_{next(_numbers)}"
    body = {"id": event_id, "type": kind, "created": at, "data": {"object": about}}
    stored = ProviderEvent.objects.create(
        provider="stripe",
        event_id=event_id,
        event_type=kind,
        headers={},
        body=json.dumps(body).encode(),
        received_at=NOW,
    )
    services.apply_provider_event(provider_event_id=stored.pk, now=NOW)
    stored.refresh_from_db()
    return stored.outcome


def test_a_dispute_is_noted_with_its_deadline_and_told(intent: PaymentIntent) -> None:
    assert hear(CREATED) == "dispute_open"

    dispute = PaymentDispute.objects.get()
    assert (dispute.payment_id, dispute.reference, dispute.status) == (intent.pk, "du_1", "open")
    assert (dispute.amount, dispute.currency, dispute.reason) == (
        600,
        "USD",
        "product_not_received",
    )
    assert dispute.evidence_due_at == datetime.fromtimestamp(DUE, UTC)
    event = DomainEvent.objects.get(name="payments.dispute.changed")
    assert event.payload["order_id"] == str(intent.order_id)
    assert (event.payload["status"], event.payload["amount"]) == ("open", 600)
    intent.refresh_from_db()
    assert (intent.status, intent.flag) == ("processing", "")


@pytest.mark.parametrize("arrival", list(itertools.permutations([CREATED, ANSWERED, LOST, LOST])))
def test_the_end_is_the_same_for_every_order_of_arrival(
    intent: PaymentIntent, arrival: tuple[Told, ...]
) -> None:
    """PAY-007."""
    for told in arrival:
        hear(told)

    assert PaymentDispute.objects.get().status == "lost"


def test_of_two_words_of_one_second_the_end_holds(intent: PaymentIntent) -> None:
    hear(("charge.dispute.closed", "won", 100))

    assert hear(CREATED) == "late"
    assert PaymentDispute.objects.get().status == "won"


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("warning_needs_response", "open"),
        ("warning_under_review", "review"),
        ("warning_closed", "won"),
        ("something_new", "review"),
    ],
)
def test_inquiries_are_disputes_too(intent: PaymentIntent, status: str, ours: str) -> None:
    hear(("charge.dispute.created", status, 100), evidence_details=None)

    dispute = PaymentDispute.objects.get()
    assert (dispute.status, dispute.evidence_due_at) == (ours, None)


def test_one_of_an_unknown_payment_waits(intent: PaymentIntent) -> None:
    """PAY-006."""
    assert hear(CREATED, payment_intent="pi_other").startswith("UnknownProviderObject")
    assert not PaymentDispute.objects.exists()


def test_the_admin_shows_the_order_and_until_when_to_answer(
    shop_a: TestShop, intent: PaymentIntent
) -> None:
    hear(CREATED)
    browser = owner_of(shop_a)

    order = browser.get(f"/admin/orders/order/{intent.order_id}/change/").content.decode()
    index = browser.get("/admin/").content.decode()

    assert "du_1" in order
    assert "Evidence until" in order
    assert "Disputes to answer" in index
    assert f"{datetime.fromtimestamp(DUE, UTC):%Y-%m-%d %H:%M} UTC" in index


WON_FIRST: Told = ("charge.dispute.closed", "won", 250)
TWICE_LOST = [WON_FIRST, ("charge.dispute.closed", "lost", 200), LOST]


@pytest.mark.parametrize("arrival", list(itertools.permutations(TWICE_LOST)))
def test_the_last_word_holds_though_it_was_said_before(
    intent: PaymentIntent, arrival: tuple[Told, ...]
) -> None:
    """PAY-007: lost, won, and lost again in the end."""
    for told in arrival:
        hear(told)

    dispute = PaymentDispute.objects.get()
    assert (dispute.status, dispute.told_at.timestamp()) == ("lost", 300)


def test_what_stripe_charges_for_a_dispute_is_kept_as_a_fact(intent: PaymentIntent) -> None:
    """On the balance, in its currency."""
    moved = [{"amount": -600, "fee": 1500, "currency": "eur"}]

    hear(CREATED, balance_transactions=moved)

    dispute = PaymentDispute.objects.get()
    assert (dispute.fee_amount, dispute.fee_currency, dispute.booked_amount) == (1500, "EUR", 0)


def test_the_charge_is_read_as_the_amount_is(intent: PaymentIntent) -> None:
    """Stripe writes krónur with two decimals, which they have not."""
    hear(CREATED, balance_transactions=[{"amount": -600, "fee": 150000, "currency": "isk"}])

    dispute = PaymentDispute.objects.get()
    assert (dispute.fee_amount, dispute.fee_currency) == (1500, "ISK")
