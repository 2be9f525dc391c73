"""Connect: a shop's account belongs to the platform's, whose key and fee are used."""

import uuid
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.payments import services
from apps.payments.errors import CredentialsRefused
from apps.payments.gateways import line_to
from apps.payments.gateways.base import IntentRequest, RefundRequest
from apps.payments.models import PaymentAccount
from apps.shared.schema import current_schema, use_schema
from tests.admin.browser import form_of, owner_of
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.shops import TestShop

__all__ = ["simulator"]


@pytest.fixture
def connected(
    simulator: RunningSimulator, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    monkeypatch.setattr(settings, "STRIPE_CONNECT_SECRET_KEY", "sk_test_platform")
    monkeypatch.setattr(settings, "STRIPE_CONNECT_PUBLISHABLE_KEY", "pk_test_platform")
    monkeypatch.setattr(settings, "STRIPE_CONNECT_FEE_BASIS_POINTS", 250)
    account = f"acct_{uuid.uuid4().hex[:16]}"
    run(shop_a, account)
    return account


def run(shop: TestShop, account: str) -> str:
    out = StringIO()
    with use_schema(current_schema()):
        call_command("stripe_connect", "--tenant", shop.slug, "--account", account, stdout=out)
    return out.getvalue().strip()


def test_payments_are_made_on_the_shops_account_and_the_platform_keeps_its_fee(
    simulator: RunningSimulator, connected: str
) -> None:
    line = line_to(PaymentAccount.objects.get())
    wanted = IntentRequest(amount=1999, currency="USD", metadata={"payment": "pay_1"})

    made, again = (line.create_intent(wanted, key="k") for _ in range(2))

    assert made == again
    assert made.client["stripe_account"] == connected
    assert made.client["publishable_key"] == "pk_test_platform"
    there: Any = simulator.client(connected).v1.payment_intents.retrieve(made.reference)
    assert (there.amount, there.application_fee_amount) == (1999, 49)
    simulator.confirm(connected, made.reference, made.client["client_secret"], "pm_card_visa")
    assert line.fetch_intent(made.reference).amount_received == 1999
    refund = RefundRequest(
        payment_reference=made.reference, amount=500, currency="USD", metadata={}
    )
    assert line.create_refund(refund, key="r").amount == 500
    assert simulator.payments(connected)[made.reference]["refunded"] == 500


def test_the_platforms_fee_is_of_what_is_captured(
    simulator: RunningSimulator, connected: str
) -> None:
    line = line_to(PaymentAccount.objects.get())
    wanted = IntentRequest(amount=2000, currency="USD", metadata={}, is_captured_by_hand=True)
    made = line.create_intent(wanted, key="k")
    simulator.confirm(connected, made.reference, made.client["client_secret"], "pm_card_visa")

    taken = line.capture_intent(made.reference, amount=400, currency="USD", key="c")

    there: Any = simulator.client(connected).v1.payment_intents.retrieve(made.reference)
    assert (taken.amount_received, there.application_fee_amount) == (400, 10)


def test_the_shops_webhooks_are_asked_of_its_own_account(
    simulator: RunningSimulator, connected: str, shop_a: TestShop
) -> None:
    [endpoint] = simulator.client(connected).v1.webhook_endpoints.list().data
    assert endpoint.url == f"https://{shop_a.domain}/api/v1/webhooks/stripe"
    assert PaymentAccount.objects.get().secrets["webhook_secret"].startswith("whsec_")
    assert run(shop_a, connected) == "nothing to do"


def test_a_shop_cannot_connect_itself_to_anothers_account(shop_a: TestShop, connected: str) -> None:
    browser = owner_of(shop_a)
    path = f"/admin/payments/paymentaccount/{PaymentAccount.objects.get().pk}/change/"
    form = form_of(browser.get(path))
    assert "connected_account" not in form

    answer = browser.post(path, form | {"connected_account": "acct_other", "position": "2"})

    assert answer.status_code == 302
    account = PaymentAccount.objects.get()
    assert (account.position, account.settings["connected_account"]) == (2, connected)


def test_an_account_of_another_kind_is_refused(shop_a: TestShop) -> None:
    with pytest.raises(CredentialsRefused):
        services.save_account(provider="stripe", values={"connected_account": "sk_test_1"})


def test_without_the_platforms_key_nothing_is_connected(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STRIPE_CONNECT_SECRET_KEY", "")
    with pytest.raises(CommandError, match="STRIPE_CONNECT_SECRET_KEY"):
        run(shop_a, "acct_1")
    assert not PaymentAccount.objects.exists()
