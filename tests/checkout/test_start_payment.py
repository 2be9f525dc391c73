"""Starting the payment of an order: three steps, each of which may be the last before a crash."""

from collections.abc import Iterator

import pytest

from apps.orders.models import Order
from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.base import IntentRequest, ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared.idempotency.models import IdempotencyRecord
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.providers import play
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop


class FakeStripe:
    """Remembers what it was asked; fails as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, IntentRequest]] = []
        self.failures: list[Exception] = []

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        self.asked.append((key, request))
        if self.failures:
            raise self.failures.pop(0)
        return ProviderIntent(
            reference=f"pi_{key}",
            state=ProviderState.OPEN,
            amount_received=0,
            currency=request.currency,
            client={"client_secret": "pi_secret"},
        )


@pytest.fixture
def stripe(shop_a: TestShop, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    fake = FakeStripe()
    play(monkeypatch, fake)
    connect_payments()
    return fake


@pytest.fixture
def order(client_a: ShopClient, stripe: FakeStripe) -> dict[str, str]:
    return new_cart(client_a, (make_variant(price=1000), 1)).complete().json()  # type: ignore[no-any-return]


def start(client: ShopClient, order: dict[str, str], **headers: str) -> object:
    return client.post(f"orders/{order['id']}/payments", order_token=order["token"], **headers)


def test_the_provider_is_asked_for_the_orders_total(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """PAY-002, PAY-004: the amount of the snapshot, a key made from the payment."""
    answer = start(client_a, order)

    body = answer.json()
    assert answer.status_code == 201
    assert (body["status"], body["amount"]["amount"]) == ("processing", 1500)
    assert body["client"] == {"client_secret": "pi_secret"}
    [(key, request)] = stripe.asked
    assert key == f"{body['id']}:create"
    assert (request.amount, request.currency) == (1500, "USD")
    assert request.metadata == {
        "tenant": "shop_test_a",
        "payment": body["id"],
        "order": order["id"],
    }
    stored = Order.objects.get()
    assert (stored.status, stored.payment_status) == ("awaiting_payment", "awaiting_payment")


def test_a_second_tab_gets_the_same_payment(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """PAY-001, P10: another key, the same payment, no second call."""
    first, second = start(client_a, order), start(client_a, order)

    assert first.json() == second.json()
    assert PaymentIntent.objects.count() == len(stripe.asked) == 1


def test_an_outage_is_503_and_the_same_key_works_afterwards(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """IDEM-007: 5xx is not kept. PAY-004: the provider is asked again with the same key."""
    stripe.failures = [ProviderUnavailable(reason="timeout")]

    down = start(client_a, order, idempotency_key="k")
    up = start(client_a, order, idempotency_key="k")

    assert (down.status_code, down.json()["code"]) == (503, "provider_unavailable")
    assert int(down["Retry-After"]) > 0
    assert up.status_code == 201
    assert stripe.asked[0] == stripe.asked[1]
    assert PaymentIntent.objects.count() == 1


def test_a_refused_wish_is_followed_by_another_without_its_address(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """PAY-004: what was refused under a key would be refused under it for ever."""
    stripe.failures = [ProviderRefused("no such page", reason="invalid_url")]
    path, token = f"orders/{order['id']}/payments", order["token"]
    address = {"return_url": f"https://{client_a.host}/back"}

    refused = client_a.post(path, address, order_token=token)
    then = client_a.post(path, order_token=token)

    assert (refused.status_code, refused.json()["code"]) == (422, "provider_refused")
    assert (then.status_code, then.json()["status"]) == (201, "processing")
    [(first_key, first), (second_key, second)] = stripe.asked
    assert (first.return_url, second.return_url) == (address["return_url"], "")
    assert first_key != second_key
    given_up, present = PaymentIntent.objects.order_by("id")
    assert (given_up.status, given_up.failure_code) == ("cancelled", "refused")
    assert (present.status, present.amount) == ("processing", given_up.amount)


def test_a_refusal_gives_up_nothing_that_the_provider_knows(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """PAY-001: a webhook told of it first; what its shopper needs is yet to come."""
    PaymentIntent.objects.update(provider_reference="pi_told")
    stripe.failures = [ProviderRefused("not now")]

    assert start(client_a, order).status_code == 422
    assert PaymentIntent.objects.get().status == "processing"


def test_a_crash_in_our_own_code_frees_the_key(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """IDEM-005, IDEM-007."""
    stripe.failures = [ZeroDivisionError()]

    broken = start(client_a, order, idempotency_key="k")
    kept = IdempotencyRecord.objects.filter(key="k").count()
    again = start(client_a, order, idempotency_key="k")

    assert (broken.status_code, broken.json()["code"]) == (500, "internal_error")
    assert kept == 0
    assert again.status_code == 201


def test_a_crash_before_the_answer_was_written_finds_the_same_payment(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """PAY-005: the provider acted, we died; the next try asks with the same key."""
    first = start(client_a, order).json()
    PaymentIntent.objects.update(provider_reference=None, client={})

    second = start(client_a, order).json()

    assert first == second
    assert stripe.asked[0] == stripe.asked[1]


def test_an_order_that_is_paid_takes_no_payment(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    """PAY-003."""
    PaymentIntent.objects.update(status="succeeded")
    Order.objects.update(status="paid", payment_status="paid", paid_at="2026-01-01T00:00Z")

    answer = start(client_a, order)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_already_processed")
    assert (PaymentIntent.objects.count(), stripe.asked) == (1, [])


def test_a_payment_that_was_given_up_is_followed_by_a_new_one(
    client_a: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    first = start(client_a, order).json()
    PaymentIntent.objects.update(status="cancelled")

    second = start(client_a, order).json()

    assert first["id"] != second["id"]
    listed = client_a.get(f"orders/{order['id']}/payments", order_token=order["token"]).json()
    assert [one["id"] for one in listed["data"]] == [second["id"], first["id"]]
    assert listed["data"][1]["client"] is None


def test_nobody_else_starts_or_sees_a_payment(
    client_a: ShopClient, client_b: ShopClient, order: dict[str, str], stripe: FakeStripe
) -> None:
    path = f"orders/{order['id']}/payments"
    for stranger in (
        client_a.post(path),
        client_a.post(path, order_token="x"),
        client_b.post(path, order_token=order["token"]),
        client_a.get(path),
        client_b.get(path, order_token=order["token"]),
    ):
        assert (stranger.status_code, stranger.json()["code"]) == (404, "order_not_found")
    assert stripe.asked == []


def test_a_payment_needs_a_key_and_no_body(client_a: ShopClient, order: dict[str, str]) -> None:
    """I6, A5."""
    keyless = start(client_a, order, idempotency_key="")
    path = f"orders/{order['id']}/payments"
    talkative = client_a.post(path, {"amount": 1}, order_token=order["token"])

    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    assert (talkative.status_code, talkative.json()["code"]) == (400, "invalid_request")
