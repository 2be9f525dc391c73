"""PAY-006: a webhook about something unknown is kept and tried again, and never silently lost."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.payments import services
from apps.payments.gateways.base import WebhookEnvelope
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.payments.services._park_provider_event import MOST_ATTEMPTS
from apps.payments.states import ProviderEventState
from apps.shared import clock
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent, EventDelivery
from tests.refunds.orders import work_off
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop
from tests.support.threads import race

NOW = clock.now()
SUCCEEDED = {
    "id": "pi_1",
    "status": "succeeded",
    "currency": "usd",
    "amount_received": 1000,
    "last_payment_error": None,
}


@pytest.fixture
def account(shop_a: TestShop) -> None:
    connect_payments()


def store(about: Any = SUCCEEDED, *, event_id: str = "evt_1", body: bytes = b"") -> ProviderEvent:
    kind = "payment_intent.succeeded"
    event = {"id": event_id, "type": kind, "data": {"object": about}}
    services.store_provider_event(
        provider="stripe",
        envelope=WebhookEnvelope(event_id=event_id, event_type=kind),
        headers={},
        body=body or json.dumps(event).encode(),
        now=NOW,
    )
    return ProviderEvent.objects.get(event_id=event_id)


def the_payment(**fields: Any) -> PaymentIntent:
    usual = {"provider": "stripe", "amount": 1000, "currency": "USD", "provider_reference": "pi_1"}
    return PaymentIntent.objects.create(
        order_id=new_id(), created_at=NOW, updated_at=NOW, **{**usual, **fields}
    )


def retry(after: timedelta, most: int = 10) -> int:
    return services.retry_provider_events(now=NOW + after, most=most)


def seen(stored: ProviderEvent) -> tuple[str, int]:
    stored.refresh_from_db()
    return stored.state, stored.attempts


@pytest.mark.usefixtures("account")
def test_one_about_an_unknown_payment_is_parked_and_taken_when_that_is_known() -> None:
    stored = store()
    work_off(["apps.payments"])
    assert seen(stored) == ("parked", 1)
    intent = the_payment()

    assert retry(timedelta(seconds=59)) == 0
    assert retry(timedelta(days=1)) == 1

    intent.refresh_from_db()
    assert (seen(stored), intent.status) == (("processed", 0), "succeeded")
    assert stored.next_try_at is None
    assert retry(timedelta(days=30)) == 0


@pytest.mark.usefixtures("account")
def test_the_pauses_grow_and_after_a_day_it_is_dead(caplog: pytest.LogCaptureFixture) -> None:
    stored = store()
    work_off(["apps.payments"])
    began = stored_next(stored) - timedelta(minutes=1)
    pauses, now = [], began
    while seen(stored)[0] == "parked":
        due = stored_next(stored)
        pauses.append((due - now).total_seconds() / 60)
        now = due
        assert services.retry_provider_events(now=now, most=10) == 1

    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(pauses[7:]) == {60}
    assert timedelta(hours=23) < now - began < timedelta(hours=26)
    assert seen(stored) == ("dead", MOST_ATTEMPTS)
    assert "webhook.dead" in [one.message for one in caplog.records]


def stored_next(stored: ProviderEvent) -> datetime:
    stored.refresh_from_db()
    assert stored.next_try_at is not None
    return stored.next_try_at


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"type": 1}',
        b"[]",
        b'{"type": "payment_intent.x", "data": {"object": {}}}',
        b'{"type": "payment_intent.succeeded", "data": {"object": %s}}'
        % json.dumps({**SUCCEEDED, "id": "pi_\x00"}).encode(),
        b"[" * 100_000,
    ],
    ids=["no JSON", "odd type", "a list", "nothing in it", "NUL", "deep"],
)
def test_p9_one_that_cannot_be_read_is_parked_and_the_others_go_on(body: bytes) -> None:
    """P9."""
    intent = the_payment()
    poison, good = store(event_id="evt_bad", body=body), store(event_id="evt_good")

    work_off(["apps.payments"])

    intent.refresh_from_db()
    assert (seen(poison)[0], seen(good)[0], intent.status) == ("parked", "processed", "succeeded")


@pytest.mark.usefixtures("account")
def test_one_whose_delivery_came_to_nothing_is_taken_up() -> None:
    stored, intent = store(), the_payment()
    EventDelivery.objects.all().delete()

    assert retry(timedelta(minutes=14)) == 0
    assert retry(timedelta(minutes=15)) == 1

    intent.refresh_from_db()
    assert (seen(stored)[0], intent.status) == ("processed", "succeeded")


@pytest.mark.usefixtures("account")
def test_an_error_while_it_is_applied_undoes_all_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = store(event_id="evt_1"), store(event_id="evt_2")
    intent = the_payment()
    EventDelivery.objects.all().delete()
    DomainEvent.objects.all().delete()
    real = services._apply_provider_event.apply_provider_intent

    def fail_first(*, intent: PaymentIntent, fact: Any, now: datetime) -> str:
        outcome = real(intent=intent, fact=fact, now=now)
        if outcome == "succeeded" and seen(first)[0] == "received":
            raise ZeroDivisionError("a defect")
        return outcome

    monkeypatch.setattr(services._apply_provider_event, "apply_provider_intent", fail_first)

    assert retry(timedelta(minutes=15)) == 2

    intent.refresh_from_db()
    assert (seen(first), first.outcome) == (("parked", 1), "ZeroDivisionError: a defect")
    assert (seen(second)[0], intent.status) == ("processed", "succeeded")
    assert DomainEvent.objects.filter(name="payments.intent.succeeded").count() == 1


def test_two_workers_at_once_try_each_once(committed_shop: TestShop) -> None:
    connect_payments()
    for number in range(6):
        store(event_id=f"evt_{number}")
    later = NOW + timedelta(minutes=15)

    results = race(
        committed_shop, *[lambda: services.retry_provider_events(now=later, most=10)] * 3
    )

    assert sum(results) == 6
    assert set(ProviderEvent.objects.values_list("state", "attempts")) == {("parked", 1)}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("state", ["parked", "dead", "processed"])
def test_a_replay_works_on_it_once_more(state: str) -> None:
    stored, intent = store(), the_payment()
    ProviderEvent.objects.update(state=state, attempts=5, next_try_at=None, outcome="was")
    EventDelivery.objects.all().delete()

    changed = services.replay_provider_event(
        provider_event_id=stored.pk, now=NOW, even_processed=True
    )
    assert changed is not None
    assert (changed.before["state"], seen(stored)) == (state, ("received", 0))
    again = services.replay_provider_event(provider_event_id=stored.pk, now=NOW)
    work_off(["apps.payments"])

    intent.refresh_from_db()
    assert (again, seen(stored)[0], intent.status) == (None, "processed", "succeeded")


@pytest.mark.usefixtures("account")
def test_a_dead_one_is_not_worked_on_by_a_late_delivery() -> None:
    stored = store()
    ProviderEvent.objects.update(state=ProviderEventState.DEAD)

    work_off(["apps.payments"])

    assert seen(stored)[0] == "dead"
