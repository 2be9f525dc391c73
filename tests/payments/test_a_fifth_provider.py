"""One folder and one registration are all that a provider takes: see docs/guides."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.http import HttpResponse

from apps.orders.models import Order
from apps.payments.gateways import register, registry
from apps.payments.models import PaymentAccount, PaymentIntent, ProviderEvent
from tests.admin.browser import form_of, owner_of
from tests.payments.example.provider import EXAMPLE
from tests.refunds.orders import refunded, work_off
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop

ADD = "/admin/payments/paymentaccount/add/"
FORM = {
    "provider": "example",
    "position": "1",
    "is_active": "on",
    "merchant": "m_1",
    "mode": "test",
    "new_api_key": "key-must-not-show",
    "new_webhook_secret": "hook-must-not-show",
}


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_PROVIDERS", dict(registry._PROVIDERS))
    register(EXAMPLE)


@pytest.fixture
def account(shop_a: TestShop) -> PaymentAccount:
    assert owner_of(shop_a).post(ADD, FORM).status_code == 302
    return PaymentAccount.objects.get()


@pytest.fixture
def payment(client_a: ShopClient, account: PaymentAccount) -> dict[str, Any]:
    """An order for 1500 and the payment that was started for it."""
    order = new_cart(client_a, (make_variant(price=1000, stock=9), 1)).complete().json()
    started = client_a.post(f"orders/{order['id']}/payments", order_token=order["token"])
    assert started.status_code == 201, started.content
    return dict(started.json())


def tell(
    client: ShopClient, payment: dict[str, Any], secret: str, *, age: int = 0, **changes: Any
) -> HttpResponse:
    about = {"id": payment["provider_reference"], "state": "paid", "taken": "15.00"}
    about |= {"currency": "USD", "capture": "cap_1", **changes}
    event = {"id": "e1", "kind": "payment", "at": int(time.time()) - age, "payment": about}
    body = json.dumps(event).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return client.post("webhooks/example", body, example_signature=signature)


def test_the_admin_asks_for_what_its_credentials_declare(
    shop_a: TestShop, account: PaymentAccount
) -> None:
    assert account.settings == {"merchant": "m_1", "mode": "test"}
    assert account.secrets == {
        "api_key": "key-must-not-show",
        "webhook_secret": "hook-must-not-show",
    }
    browser = owner_of(shop_a)
    page = browser.get(f"/admin/payments/paymentaccount/{account.pk}/change/")
    assert form_of(page)["merchant"] == "m_1"
    assert "/api/v1/webhooks/example" in page.content.decode()
    assert "must-not-show" not in page.content.decode()


@pytest.mark.parametrize("left_out", ["merchant", "new_api_key"])
def test_what_it_needs_is_asked_for(shop_a: TestShop, left_out: str) -> None:
    answer = owner_of(shop_a).post(ADD, {**FORM, left_out: ""})

    assert answer.status_code == 200
    assert not PaymentAccount.objects.exists()


def test_its_client_gets_what_it_needs(payment: dict[str, Any]) -> None:
    assert (payment["provider"], payment["client"]) == (
        "example",
        {"merchant": "m_1", "pay_at": "https://pay.example/15.00"},
    )


def test_its_webhook_makes_the_order_paid_and_refunds_find_its_capture(
    client_a: ShopClient, payment: dict[str, Any]
) -> None:
    """ORDER-005."""
    answer = tell(client_a, payment, "hook-must-not-show")
    work_off(["apps.payments", "apps.checkout"])

    assert (answer.status_code, ProviderEvent.objects.get().provider) == (200, "example")
    intent, order = PaymentIntent.objects.get(), Order.objects.get()
    assert (intent.status, intent.capture_reference) == ("succeeded", "cap_1")
    assert order.status == "paid"
    refund = refunded(order, other_amount=100)
    assert (refund.status, refund.provider_reference) == (
        "succeeded",
        f"back_{refund.provider_key}",
    )


@pytest.mark.parametrize(
    ("secret", "age"), [("another", 0), ("hook-must-not-show", 301), ("hook-must-not-show", -301)]
)
def test_a_webhook_of_another_secret_or_time_is_refused(
    client_a: ShopClient, payment: dict[str, Any], secret: str, age: int
) -> None:
    """P1."""
    answer = tell(client_a, payment, secret, age=age)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert not ProviderEvent.objects.exists()


def test_two_webhook_secrets_are_live_until_the_former_is_removed(
    client_a: ShopClient, shop_a: TestShop, payment: dict[str, Any]
) -> None:
    path = f"/admin/payments/paymentaccount/{PaymentAccount.objects.get().pk}/change/"
    browser = owner_of(shop_a)
    form = form_of(browser.get(path))
    assert browser.post(path, form | {"new_webhook_secret": "next"}).status_code == 302

    both = [tell(client_a, payment, one).status_code for one in ("hook-must-not-show", "next")]
    removed = form_of(browser.get(path)) | {"remove_former_webhook_secret": "on"}
    assert browser.post(path, removed).status_code == 302
    after = [tell(client_a, payment, one).status_code for one in ("hook-must-not-show", "next")]

    assert (both, after) == ([200, 200], [400, 200])


def test_a_code_is_given_once() -> None:
    with pytest.raises(ValueError, match="example"):
        register(EXAMPLE)


def test_an_unknown_provider_has_no_webhooks(client_a: ShopClient) -> None:
    answer = client_a.post("webhooks/nobody", b"{}")

    assert (answer.status_code, answer.json()["code"]) == (404, "provider_not_found")
