"""The Bakong gateway in this process: codes, questions in bulk, tokens, the way out."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from apps.orders.models import Order
from apps.payments import services
from apps.payments.errors import CredentialsRefused, ProviderRefused, ProviderUnavailable
from apps.payments.gateways import provider_of
from apps.payments.gateways.bakong import codes, payments
from apps.payments.gateways.bakong.tokens import end_of
from apps.payments.gateways.base import IntentRequest, ProviderState
from apps.payments.gateways.gateway import Gateway
from apps.payments.models import PaymentAccount, PaymentIntent
from apps.shared import clock
from apps.shared.ids import new_id
from tests.refunds.orders import work_off
from tests.simulator.desks import BakongDesk
from tests.simulator.fixture import simulator
from tests.simulator.providers.bakong.codes import read
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

__all__ = ["simulator"]
LIST = "POST /bakong/v1/check_transaction_by_md5_list"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def bank(
    simulator: RunningSimulator, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> BakongDesk:
    monkeypatch.setattr(settings, "BAKONG_API_BASE", f"{simulator.base_url}/bakong")
    desk = BakongDesk(simulator, f"{shop_a.schema}_{time.monotonic_ns()}")
    services.save_account(provider="bakong", values=desk.values)
    return desk


def line_of(bank: BakongDesk) -> Gateway:
    return provider_of("bakong").line(bank.values)


def request_of(amount: int = 1999, currency: str = "USD", **more: object) -> IntentRequest:
    return IntentRequest(
        amount=amount,
        currency=currency,
        metadata={},
        payment=f"pay_{new_id().hex}",
        created_at=clock.now(),
        **more,  # type: ignore[arg-type]
    )


def test_one_request_one_code(bank: BakongDesk) -> None:
    """PAY-004: the bank has no keys, and needs none."""
    wanted, line = request_of(), line_of(bank)

    first, again = (line.create_intent(wanted, key="any") for _ in range(2))

    assert first.reference == again.reference
    assert first.client["qr"] == again.client["qr"]
    assert line.create_intent(request_of(), key="any").reference != first.reference


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(1999, "USD", "19.99"), (500, "USD", "5.00"), (4_000_000, "KHR", "40000")],
)
def test_amounts_in_codes(bank: BakongDesk, amount: int, currency: str, written: str) -> None:
    made = line_of(bank).create_intent(request_of(amount, currency), key="any")

    assert read(made.client["qr"]).amount == written


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(150, "KHR"), (1000, "JPY"), (1000, "KWD"), (1000, "IDR"), (10**15, "USD")],
)
def test_amounts_that_no_code_can_say(bank: BakongDesk, amount: int, currency: str) -> None:
    with pytest.raises(ProviderRefused):
        line_of(bank).create_intent(request_of(amount, currency), key="any")


def test_a_payment_is_told_alone_and_among_many(bank: BakongDesk) -> None:
    line = line_of(bank)
    made = [line.create_intent(request_of(currency="KHR", amount=100 * n), key="") for n in (1, 2)]
    bank.pay(made[1].client["qr"])

    alone = line.fetch_intent(made[1].reference)
    both = line.fetch_intents([one.reference for one in made])

    assert (alone.state, alone.amount_received, alone.currency) == (
        ProviderState.SUCCEEDED,
        200,
        "KHR",
    )
    assert [one.state for one in both] == [ProviderState.OPEN, ProviderState.SUCCEEDED]
    assert both[1] == alone


@pytest.mark.parametrize(
    ("after_minutes", "lives_at_least"), [(0, 15), (14, 15), (16, 15), (200, 15)]
)
def test_a_code_lives_long_enough_whenever_it_is_asked_for(
    after_minutes: int, lives_at_least: int
) -> None:
    now = NOON + timedelta(minutes=after_minutes)

    begin, end = codes._life(NOON, now)

    assert begin <= now
    assert timedelta(minutes=lives_at_least) <= end - now <= timedelta(minutes=30)
    assert codes._life(NOON, now + timedelta(seconds=1)) in ((begin, end), codes._life(NOON, now))


def test_a_code_is_given_up_some_minutes_after_its_end() -> None:
    name = codes.name_of(f"{'0' * 32}.{int(NOON.timestamp())}")

    assert not name.is_over(NOON + timedelta(minutes=5))
    assert name.is_over(NOON + timedelta(minutes=5, seconds=1))
    assert str(name) == f"{'0' * 32}.{int(NOON.timestamp())}"


def test_many_are_asked_for_fifty_at_a_time(client_a: ShopClient, bank: BakongDesk) -> None:
    line, now = line_of(bank), clock.now()
    made = [line.create_intent(request_of(), key="any") for _ in range(120)]
    PaymentIntent.objects.bulk_create(
        PaymentIntent(
            order_id=new_id(),
            provider="bakong",
            amount=1999,
            currency="USD",
            provider_reference=one.reference,
            created_at=now,
            updated_at=now,
        )
        for one in made
    )
    bank.pay(made[7].client["qr"])
    bank.pay(made[111].client["qr"])

    changed = services.poll_payments(now=now, most=200)

    assert changed == 2
    assert bank.simulator.requests(bank.account)[LIST] == 3
    assert PaymentIntent.objects.filter(status="succeeded").count() == 2


def test_an_amount_that_cannot_be_read_is_flagged_and_stops_no_other(
    client_a: ShopClient, bank: BakongDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P5: the bank tells of half a sen; whoever paid beside it is served."""
    line, now = line_of(bank), clock.now()
    made = [line.create_intent(request_of(4000, "KHR"), key="any") for _ in range(2)]
    odd, good = (
        PaymentIntent.objects.create(
            order_id=new_id(),
            provider="bakong",
            amount=4000,
            currency="KHR",
            provider_reference=one.reference,
            created_at=now,
            updated_at=now,
        )
        for one in made
    )
    for one in made:
        bank.pay(one.client["qr"])
    ask = payments.bakong_call

    def ask_oddly(*question: Any, **how: Any) -> dict[str, Any]:
        answer = ask(*question, **how)
        for told in answer["data"]:
            if told["md5"] == made[0].client["md5"]:
                told["data"]["amount"] = Decimal("40.005")
        return answer

    monkeypatch.setattr(payments, "bakong_call", ask_oddly)
    assert services.poll_payments(now=now, most=10) == 2

    assert dict(PaymentIntent.objects.values_list("pk", "flag")) == {
        odd.pk: "amount_mismatch",
        good.pk: "",
    }
    assert PaymentIntent.objects.get(status="succeeded").pk == good.pk


def test_answers_in_any_order_and_number_end_the_same(
    client_a: ShopClient, bank: BakongDesk
) -> None:
    """PAY-007: refused, paid, and asked about again, before and after the order is settled."""
    order = new_cart(client_a, (make_variant(price=1000), 1)).complete().json()
    begun = client_a.post(f"orders/{order['id']}/payments", order_token=order["token"]).json()
    bank.pay(begun["client"]["qr"], outcome="failed")
    intent, line = PaymentIntent.objects.get(), line_of(bank)
    refused = line.fetch_intent(intent.provider_reference or "")
    bank.pay(begun["client"]["qr"])
    paid = line.fetch_intent(intent.provider_reference or "")

    for fact in (refused, paid, refused, paid, refused):
        services.take_provider_intent(intent_id=intent.pk, fact=fact, now=clock.now())
        work_off(["apps.payments", "apps.checkout"])

    intent.refresh_from_db()
    assert (intent.status, intent.failure_code, intent.flag) == ("succeeded", "", "")
    assert Order.objects.get().status == "paid"


def test_a_token_is_renewed_before_it_ends(bank: BakongDesk) -> None:
    now = clock.now()
    assert services.renew_accounts(now=now) == 0

    short = bank.token(seconds=13 * 24 * 3600)
    services.save_account(provider="bakong", values={"token": short})
    PaymentAccount.objects.filter(provider="bakong").update(is_active=False)

    assert services.renew_accounts(now=now) == 1

    account = PaymentAccount.objects.get(provider="bakong")
    ends_at = end_of(account.secrets["token"])
    assert ends_at is not None
    assert ends_at > now + timedelta(days=80)
    assert not account.is_active
    assert services.renew_accounts(now=now) == 0


def test_a_token_that_has_ended_is_told_and_renewed(bank: BakongDesk) -> None:
    over = bank.token(seconds=-60)
    services.save_account(provider="bakong", values={"token": over})
    line = provider_of("bakong").line({**bank.values, "token": over})
    with pytest.raises(ProviderUnavailable) as told:
        line.fetch_intent(f"{'0' * 32}.1")
    assert told.value.details["reason"] == "credentials_refused"

    assert services.renew_accounts(now=clock.now()) == 1


def test_a_token_that_the_bank_does_not_renew_stops_nothing(bank: BakongDesk) -> None:
    gone = {"token": bank.token(seconds=5), "email": "who@else.example"}
    services.save_account(provider="bakong", values=gone)

    assert services.renew_accounts(now=clock.now()) == 0


def test_calls_go_through_the_proxy(bank: BakongDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at this one."""
    monkeypatch.setattr(settings, "BAKONG_PROXY", "http://127.0.0.1:9")

    with pytest.raises(ProviderUnavailable) as told:
        line_of(bank).fetch_intent(f"{'0' * 32}.1")

    assert told.value.details["reason"] == "no_answer"


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("error_500", "provider_error"),
        ("error_503", "provider_error"),
        ("error_429", "too_many_requests"),
        ("timeout_after", "no_answer"),
    ],
)
def test_trouble_is_told_in_our_words(bank: BakongDesk, mode: str, reason: str) -> None:
    bank.faults(api=[{"route": "*", "mode": mode}])

    with pytest.raises(ProviderUnavailable) as told:
        line_of(bank).fetch_intent(f"{'0' * 32}.1")

    assert told.value.details["reason"] == reason


@pytest.mark.parametrize(
    "values",
    [
        {"bakong_account": "nobody"},
        {"merchant_name": "N" * 26},
        {"merchant_id": "1", "acquiring_bank": "B" * 33},
    ],
)
def test_what_makes_no_code_is_refused_at_once(bank: BakongDesk, values: dict[str, str]) -> None:
    with pytest.raises(CredentialsRefused):
        services.save_account(provider="bakong", values=values)


def test_only_shops_with_such_a_provider_are_polled(
    bank: BakongDesk, shop_a: TestShop, shop_b: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.payments.services._shops_to_poll._seen", {})
    connect_payments()

    assert services.shops_to_poll(shops=[shop_a.schema, shop_b.schema]) == [shop_a.schema]
