"""What a provider's verified facts do to a payment, in any order (PAY-007)."""

import itertools
from datetime import UTC, datetime

import pytest

from apps.payments import selectors, services
from apps.payments.errors import NothingToPay
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent

NOW = datetime(2026, 1, 2, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("shop_a")


@owns_transaction
def open_one(order_id: object = None, amount: int = 1000) -> PaymentIntent:
    return services.open_intent(
        order_id=order_id or new_id(),  # type: ignore[arg-type]
        provider="stripe",
        amount=amount,
        currency="USD",
        now=NOW,
    )


def fact(
    state: ProviderState = ProviderState.SUCCEEDED,
    *,
    received: int = 1000,
    currency: str = "USD",
    failure: str = "",
) -> ProviderIntent:
    return ProviderIntent(
        reference="pi_1",
        state=state,
        amount_received=received if state is ProviderState.SUCCEEDED else 0,
        currency=currency,
        failure_code=failure,
        failure_message="Your card was declined." if failure else "",
    )


@owns_transaction
def apply(intent: PaymentIntent, told: ProviderIntent) -> str:
    locked = selectors.intent_for_update(intent_id=intent.pk)
    return services.apply_provider_intent(intent=locked, fact=told, now=NOW)


def events() -> list[str]:
    return list(DomainEvent.objects.order_by("id").values_list("name", flat=True))


def test_a_success_is_taken_once() -> None:
    """PAY-003, PAY-007."""
    intent = open_one()

    assert [apply(intent, fact()) for _ in range(3)] == [
        "succeeded",
        "already_succeeded",
        "already_succeeded",
    ]

    intent.refresh_from_db()
    assert (intent.status, intent.provider_reference, intent.flag) == ("succeeded", "pi_1", "")
    assert events() == ["payments.intent.succeeded"]
    assert DomainEvent.objects.get().payload["amount"] == 1000


@pytest.mark.parametrize(
    ("received", "currency"), [(999, "USD"), (1001, "USD"), (1000, "EUR"), (0, "USD")]
)
def test_another_amount_pays_nothing_and_is_flagged(received: int, currency: str) -> None:
    """P5."""
    intent = open_one()

    outcome = apply(intent, fact(received=received, currency=currency))

    intent.refresh_from_db()
    assert (outcome, intent.status, intent.flag) == (
        "amount_mismatch",
        "processing",
        "amount_mismatch",
    )
    assert events() == ["payments.intent.flagged"]


def test_a_decline_is_noted_and_may_be_followed_by_a_success() -> None:
    intent = open_one()

    declined = apply(intent, fact(ProviderState.OPEN, failure="card_declined"))
    again = apply(intent, fact(ProviderState.OPEN, failure="card_declined"))
    intent.refresh_from_db()
    noted = (intent.status, intent.failure_code)
    succeeded = apply(intent, fact())

    intent.refresh_from_db()
    assert (declined, again, succeeded) == ("attempt_failed", "noted", "succeeded")
    assert noted == ("processing", "card_declined")
    assert (intent.status, intent.failure_code) == ("succeeded", "")
    assert events() == ["payments.intent.attempt_failed", "payments.intent.succeeded"]


def test_money_after_the_end_is_flagged() -> None:
    """PAY-008."""
    intent = open_one()
    apply(intent, fact(ProviderState.CANCELLED))

    assert apply(intent, fact()) == "succeeded_after_close"

    intent.refresh_from_db()
    assert (intent.status, intent.flag) == ("cancelled", "succeeded_after_close")


@pytest.mark.parametrize(
    "arrival",
    list(itertools.permutations(["open", "declined", "succeeded", "succeeded"])),
)
def test_the_end_is_the_same_for_every_order_of_arrival(arrival: tuple[str, ...]) -> None:
    """PAY-007: late and repeated facts change nothing."""
    told = {
        "open": fact(ProviderState.OPEN),
        "declined": fact(ProviderState.OPEN, failure="card_declined"),
        "succeeded": fact(),
    }
    intent = open_one()

    for name in arrival:
        apply(intent, told[name])

    intent.refresh_from_db()
    assert (intent.status, intent.failure_code, intent.flag) == ("succeeded", "", "")
    assert events().count("payments.intent.succeeded") == 1


def test_one_active_payment_per_order() -> None:
    """PAY-001."""
    order_id = new_id()

    first, second = open_one(order_id), open_one(order_id)

    assert first.pk == second.pk
    apply(first, fact(ProviderState.CANCELLED))
    assert open_one(order_id).pk != first.pk


def test_nothing_is_not_collected() -> None:
    with pytest.raises(NothingToPay):
        open_one(amount=0)
