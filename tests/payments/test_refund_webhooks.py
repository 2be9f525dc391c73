"""What webhooks about refunds set in motion: payments tells, and keeps no refunds itself."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.payments import services
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def intent(shop_a: TestShop) -> PaymentIntent:
    connect_payments()
    return PaymentIntent.objects.create(
        order_id=new_id(),
        provider="stripe",
        status="succeeded",
        amount=1000,
        currency="USD",
        provider_reference="pi_1",
        created_at=NOW,
        updated_at=NOW,
    )


def refund(**changes: Any) -> dict[str, Any]:
    usual = {
        "id": "re_1",
        "object": "refund",
        "payment_intent": "pi_1",
        "status": "succeeded",
        "amount": 600,
        "currency": "usd",
        "metadata": {"tenant": "shop_test_a", "refund": "ref_x"},
    }
    return {**usual, **changes}


@owns_transaction
def apply(kind: str, about: dict[str, Any]) -> str:
    body = {"id": f"evt_{new_id().hex}", "type": kind, "data": {"object": about}}
    stored = ProviderEvent.objects.create(
        provider="stripe",
        event_id=body["id"],
        event_type=kind,
        headers={},
        body=json.dumps(body).encode(),
        received_at=NOW,
    )
    services.apply_provider_event(provider_event_id=stored.pk, now=NOW)
    stored.refresh_from_db()
    return stored.outcome


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed"])
def test_a_refund_is_reported(intent: PaymentIntent, kind: str) -> None:
    """REF-006."""
    assert apply(kind, refund()) == "refund_reported"

    event = DomainEvent.objects.get(name="payments.intent.refund_reported")
    assert event.payload == {
        "payment_id": str(intent.pk),
        "order_id": str(intent.order_id),
        "provider": "stripe",
        "provider_reference": "re_1",
        "state": "succeeded",
        "amount": 600,
        "currency": "USD",
        "failure_code": "",
        "refund": "ref_x",
    }


def test_the_id_of_another_shop_is_not_ours(intent: PaymentIntent) -> None:
    apply("refund.updated", refund(metadata={"tenant": "shop_test_b", "refund": "ref_x"}))

    assert DomainEvent.objects.get().payload["refund"] == ""


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_the_state_is_told_in_our_words(intent: PaymentIntent, status: str, state: str) -> None:
    apply("refund.updated", refund(status=status, failure_reason="lost_or_stolen_card"))

    payload = DomainEvent.objects.get().payload
    assert (payload["state"], payload["failure_code"]) == (state, "lost_or_stolen_card")


def test_a_refunded_charge_says_only_that_something_changed(intent: PaymentIntent) -> None:
    charge = {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 600}

    assert apply("charge.refunded", charge) == "refunds_changed"

    event = DomainEvent.objects.get(name="payments.intent.refunds_changed")
    assert event.payload == {"payment_id": str(intent.pk), "order_id": str(intent.order_id)}


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("refund.updated", refund(payment_intent="pi_other")),
        ("charge.refunded", {"id": "ch_1", "payment_intent": "pi_other"}),
    ],
)
def test_an_unknown_payment_is_tried_again_later(
    intent: PaymentIntent, kind: str, about: dict[str, Any]
) -> None:
    """PAY-006."""
    assert apply(kind, about) == "UnknownProviderObject: stripe pi_other"

    stored = ProviderEvent.objects.get()
    assert (stored.state, stored.next_try_at) == ("parked", NOW + timedelta(minutes=1))
    assert not DomainEvent.objects.exists()


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("refund.updated", refund(payment_intent=None)),
        ("charge.refunded", {"id": "ch_1", "payment_intent": None}),
        ("charge.updated", {"id": "ch_1", "payment_intent": "pi_1"}),
    ],
)
def test_what_is_about_no_payment_of_ours_is_ignored(
    intent: PaymentIntent, kind: str, about: dict[str, Any]
) -> None:
    assert apply(kind, about) == "ignored"
    assert not DomainEvent.objects.exists()
