"""No secret of a shop, nor what opens a payment, is ever in a log line."""

import json
import logging
import time
import uuid
from typing import Any

import pytest
from django.conf import settings

from apps.payments import services
from apps.payments.errors import CredentialsRefused
from apps.payments.models import PaymentAccount, PaymentIntent
from tests.admin.browser import form_of, owner_of
from tests.refunds.orders import work_off
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop
from tests.support.webhooks import v1

__all__ = ["simulator"]


def lines(records: list[logging.LogRecord]) -> str:
    """All that any formatter could write of them."""
    formatter = logging.Formatter()
    told = []
    for one in records:
        told += [one.getMessage(), repr(one.__dict__)]
        if one.exc_info:
            told.append(formatter.formatException(one.exc_info))
    return "\n".join(told)


def test_a_purchase_with_all_that_goes_wrong_logs_no_secret(
    simulator: RunningSimulator,
    client_a: ShopClient,
    shop_a: TestShop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    name = f"logs{uuid.uuid4().hex[:12]}"
    keys = {"secret_key": f"sk_test_{name}", "webhook_secret": f"whsec_{name}"}
    services.save_account(provider="stripe", values=keys)

    order = new_cart(client_a, (make_variant(price=1000, stock=9), 1)).complete().json()
    path = f"orders/{order['id']}/payments"
    simulator.faults(name, api=[{"route": "POST /v1/payment_intents", "mode": "error_503"}])
    assert client_a.post(path, order_token=order["token"]).status_code in (201, 503)
    payment = client_a.post(path, order_token=order["token"]).json()
    secret = payment["client"]["client_secret"]
    simulator.confirm(name, payment["provider_reference"], secret, "pm_card_chargeDeclined")
    simulator.confirm(name, payment["provider_reference"], secret, "pm_card_visa")
    _hear(client_a, simulator, name, keys["webhook_secret"])
    client_a.post("webhooks/stripe", b"{}", stripe_signature=f"t=1,v1={'a' * 64}")
    client_a.post(f"{path}/{payment['id']}/confirm", {}, order_token=order["token"])
    work_off(["apps.payments", "apps.checkout"])
    browser = owner_of(shop_a)
    page = f"/admin/payments/paymentaccount/{PaymentAccount.objects.get().pk}/change/"
    typed = {"new_secret_key": "sk_test_typed_anew"}
    assert browser.post(page, form_of(browser.get(page)) | typed).status_code == 302
    with pytest.raises(CredentialsRefused):
        services.save_account(provider="stripe", values={"publishable_key": keys["secret_key"]})

    assert PaymentIntent.objects.get().status == "succeeded"
    logged = lines(caplog.records)
    assert "payment.failed" in logged or "webhook" in logged
    secrets = [*keys.values(), secret, typed["new_secret_key"], order["token"]]
    assert [one for one in secrets if one in logged] == []


def _hear(client: ShopClient, simulator: RunningSimulator, account: str, secret: str) -> None:
    """All of the account's events, signed as Stripe signs them; whoever reads them."""
    events: Any = simulator.client(account).v1.events.list().data
    for event in reversed(events):
        body, at = json.dumps(event.to_dict()).encode(), int(time.time())
        signature = f"t={at},v1={v1(secret, body, at)}"
        assert client.post("webhooks/stripe", body, stripe_signature=signature).status_code == 200
