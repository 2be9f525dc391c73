"""Who is asked to take an order's money: the shopper's choice, else the first that answers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.payments import services
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways import provider_of, register, registry
from apps.payments.gateways.provider import Capabilities
from apps.payments.models import PaymentAccount, PaymentIntent
from apps.shared import clock
from apps.shared.db import owns_transaction
from tests.payments.example.provider import EXAMPLE
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.pretend_provider import ERROR, TIMEOUT, PretendProvider
from tests.support.providers import play
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop
from tests.support.threads import race

SECOND = {"merchant": "m_1", "mode": "test", "api_key": "key"}
Json = dict[str, Any]


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> PretendProvider:
    """The shop's first provider; it does as it is told. Example Pay is its second."""
    monkeypatch.setattr(registry, "_PROVIDERS", dict(registry._PROVIDERS))
    register(EXAMPLE)
    fake = PretendProvider()
    play(monkeypatch, fake)
    return fake


@pytest.fixture
def order(client_a: ShopClient, first: PretendProvider) -> Json:
    connect_payments()
    services.save_account(provider="example", values=SECOND)
    PaymentAccount.objects.filter(provider="example").update(position=2)
    return place(client_a)


def place(client: ShopClient) -> Json:
    made = new_cart(client, (make_variant(price=1000, stock=9), 1)).complete()
    return dict(made.json())


def start(client: ShopClient, order: Json, body: Any = None) -> Any:
    return client.post(f"orders/{order['id']}/payments", body, order_token=order["token"])


def statuses() -> list[tuple[str, str]]:
    found = PaymentIntent.objects.order_by("created_at", "id")
    return list(found.values_list("provider", "status"))


def breaker() -> tuple[int, bool]:
    account = PaymentAccount.objects.get(provider="stripe")
    return account.failures, account.passed_over_until is not None


def later(**by: float) -> None:
    """Time passes for the breaker."""
    account = PaymentAccount.objects.get(provider="stripe")
    assert account.passed_over_until is not None
    account.passed_over_until -= timedelta(**by)
    account.save()


def test_the_shopper_gets_the_next_one_at_once(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    first.moods.append(ERROR)

    answer = start(client_a, order)

    assert (answer.status_code, answer.json()["provider"]) == (201, "example")
    assert statuses() == [("stripe", "cancelled"), ("example", "processing")]
    assert breaker() == (1, False)


def test_one_that_fails_again_and_again_is_passed_over(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    first.moods.extend([ERROR] * 3)

    answers = [start(client_a, placed) for placed in (order, place(client_a), place(client_a))]

    assert [one.json()["provider"] for one in answers] == ["example"] * 3
    assert breaker() == (3, True)


def test_what_timed_out_can_be_paid_by_nobody_and_would_be_given_back(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    """X7, PAY-005, PAY-008: it acted and said nothing; the order is paid elsewhere, once."""
    first.moods.append(TIMEOUT)

    answer = start(client_a, order)
    shown = client_a.get(f"orders/{order['id']}/payments", order_token=order["token"]).json()

    assert (answer.status_code, answer.json()["provider"]) == (201, "example")
    assert [one["client"] for one in shown["data"] if one["provider"] == "stripe"] == [None]
    assert "pi_1" in first.payments
    first.customer_pays("pi_1", goes_well=True)
    given_up = PaymentIntent.objects.get(provider="stripe")
    fact = first.payments["pi_1"]
    services.take_provider_intent(intent_id=given_up.pk, fact=fact, now=clock.now())
    given_up.refresh_from_db()
    assert (given_up.status, given_up.flag) == ("cancelled", "succeeded_after_close")


def test_each_is_asked_once_and_the_last_failure_is_told(
    client_a: ShopClient, order: Json, first: PretendProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = PretendProvider()
    play(monkeypatch, second, "example")
    first.moods.append(ERROR)
    second.moods.append(ERROR)

    down = start(client_a, order)
    asked = len(first.moods), len(second.moods), dict(first.payments), dict(second.payments)
    up = start(client_a, order)

    assert (down.status_code, asked) == (503, (0, 0, {}, {}))
    assert (up.status_code, up.json()["provider"]) == (201, "example")


def test_the_one_that_the_shopper_chose_is_not_changed_for_another(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    first.moods.append(ERROR)

    assert start(client_a, order, {"provider": "stripe"}).status_code == 503
    assert statuses() == [("stripe", "processing")]


def test_it_is_passed_over_without_being_asked_and_comes_back_by_itself(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    PaymentAccount.objects.filter(provider="stripe").update(
        failures=3, passed_over_until=clock.now() + timedelta(seconds=30)
    )

    meanwhile = start(client_a, order).json()
    asked_meanwhile = len(first.payments)
    later(seconds=31)
    back = start(client_a, place(client_a)).json()

    assert (meanwhile["provider"], asked_meanwhile) == ("example", 0)
    assert (back["provider"], breaker()) == ("stripe", (0, False))


def test_a_failed_trial_passes_it_over_for_longer(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    PaymentAccount.objects.filter(provider="stripe").update(
        failures=3, passed_over_until=clock.now()
    )
    first.moods.append(ERROR)

    answer = start(client_a, order)

    assert (answer.status_code, answer.json()["provider"]) == (201, "example")
    account = PaymentAccount.objects.get(provider="stripe")
    assert account.failures == 4
    assert account.passed_over_until is not None
    assert account.passed_over_until > clock.now() + timedelta(seconds=50)


def test_one_shopper_tries_it_while_the_others_pass_it_over(committed_shop: TestShop) -> None:
    registry._PROVIDERS["example"] = EXAMPLE
    try:
        connect_payments()
        services.save_account(provider="example", values=SECOND)
        PaymentAccount.objects.filter(provider="stripe").update(
            failures=3, passed_over_until=clock.now()
        )
        choose = owns_transaction(lambda: services.choose_provider(currency="USD", now=clock.now()))

        chosen = race(committed_shop, *[choose] * 4)
    finally:
        del registry._PROVIDERS["example"]

    assert sorted(chosen) == ["example", "example", "example", "stripe"]


def test_with_nobody_else_it_is_tried_each_time(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    PaymentAccount.objects.filter(provider="example").update(is_active=False)
    PaymentAccount.objects.filter(provider="stripe").update(
        failures=9, passed_over_until=clock.now() + timedelta(minutes=9)
    )

    answer = start(client_a, order)

    assert (answer.status_code, answer.json()["provider"]) == (201, "stripe")
    assert (breaker(), statuses()) == ((0, False), [("stripe", "processing")])


def test_our_own_bound_says_nothing_about_the_provider(
    client_a: ShopClient, order: Json, first: PretendProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(request: Any, *, key: str) -> Any:
        raise ProviderUnavailable(reason="busy")

    monkeypatch.setattr(first, "create_intent", busy)

    assert start(client_a, order).status_code == 503
    assert breaker() == (0, False)


def test_a_payment_that_the_provider_confirmed_stays_there(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    begun = start(client_a, order).json()
    PaymentAccount.objects.filter(provider="stripe").update(
        failures=3, passed_over_until=clock.now() + timedelta(seconds=30)
    )

    assert start(client_a, order).json() == begun
    assert statuses() == [("stripe", "processing")]


def test_a_shopper_may_choose_and_change_their_mind(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    chosen = start(client_a, order, {"provider": "example"})
    back = start(client_a, order, {"provider": "stripe"})

    assert (chosen.status_code, chosen.json()["provider"]) == (201, "example")
    assert (back.status_code, back.json()["provider"]) == (201, "stripe")
    assert statuses() == [
        ("stripe", "cancelled"),
        ("example", "cancelled"),
        ("stripe", "processing"),
    ]


def test_a_payment_that_was_paid_meanwhile_is_not_changed_for_another(
    client_a: ShopClient, order: Json, first: PretendProvider
) -> None:
    """PAY-003."""
    begun = start(client_a, order).json()
    first.customer_pays(begun["provider_reference"], goes_well=True)

    answer = start(client_a, order, {"provider": "example"})

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_already_processed")
    assert statuses() == [("stripe", "succeeded")]


@pytest.mark.parametrize("provider", ["nobody", "paypal"])
def test_what_is_not_offered_cannot_be_chosen(
    client_a: ShopClient, order: Json, provider: str
) -> None:
    answer = start(client_a, order, {"provider": provider})

    assert (answer.status_code, answer.json()["code"]) == (422, "provider_not_offered")
    assert statuses() == [("stripe", "processing")]


def methods(client: ShopClient, order: Json) -> list[Json]:
    answer = client.get(f"orders/{order['id']}/payment-methods", order_token=order["token"])
    assert answer.status_code == 200
    return list(answer.json()["data"])


def test_methods_are_listed_as_the_shop_orders_them(client_a: ShopClient, order: Json) -> None:
    assert methods(client_a, order) == [
        {
            "object": "payment_method",
            "provider": "stripe",
            "title": "Stripe",
            "is_available": True,
            "client": {"publishable_key": "pk_test_test"},
        },
        {
            "object": "payment_method",
            "provider": "example",
            "title": "Example Pay",
            "is_available": True,
            "client": {},
        },
    ]
    PaymentAccount.objects.filter(provider="stripe").update(position=3)
    assert [one["provider"] for one in methods(client_a, order)] == ["example", "stripe"]
    PaymentAccount.objects.filter(provider="example").update(is_active=False)
    assert [one["provider"] for one in methods(client_a, order)] == ["stripe"]


def test_what_does_not_answer_comes_last_and_what_takes_another_currency_is_left_out(
    client_a: ShopClient, order: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    PaymentAccount.objects.filter(provider="stripe").update(
        passed_over_until=clock.now() + timedelta(minutes=1)
    )
    listed = [(one["provider"], one["is_available"]) for one in methods(client_a, order)]
    assert listed == [("example", True), ("stripe", False)]

    khmer = replace(
        provider_of("example"), capabilities=Capabilities(currencies=frozenset({"KHR"}))
    )
    monkeypatch.setitem(registry._PROVIDERS, "example", khmer)
    assert [one["provider"] for one in methods(client_a, order)] == ["stripe"]


def test_a_carts_methods_are_for_who_holds_its_token(client_a: ShopClient, order: Json) -> None:
    cart = new_cart(client_a, (make_variant(stock=1), 1))
    path = f"carts/{cart.id}/payment-methods"

    assert [one["provider"] for one in cart.client.get(path).json()["data"]] == [
        "stripe",
        "example",
    ]
    assert client_a.get(path).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/back",
        "http://evil.example/back",
        "https://{host}.evil.example/",
        "https://{host}@evil.example/",
        "https://evil.example\\@{host}/",
        "//{host}/back",
        "/back",
        "javascript:alert(1)",
        "ftp://{host}/",
        "https://{other}/back",
        "https://{host}:port/",
        "https:///back",
    ],
)
def test_shoppers_are_sent_back_to_the_shop_only(
    client_a: ShopClient, shop_b: TestShop, order: Json, first: PretendProvider, url: str
) -> None:
    back = url.format(host=client_a.host, other=shop_b.domain)

    answer = start(client_a, order, {"return_url": back})

    assert (answer.status_code, answer.json()["code"]) == (422, "return_url_refused")
    assert (first.payments, PaymentIntent.objects.get().return_url) == ({}, "")


@pytest.mark.parametrize("form", ["https://{}/back?a=1", "https://{}:8443/", "http://{}:8000/x"])
def test_the_shops_own_address_is_kept_for_the_provider(
    client_a: ShopClient, order: Json, form: str
) -> None:
    back = form.format(client_a.host)

    first = start(client_a, order, {"return_url": back})
    other = start(client_a, order, {"return_url": f"https://{client_a.host}/other"})

    assert (first.status_code, other.status_code) == (201, 201)
    assert PaymentIntent.objects.get().return_url == back
