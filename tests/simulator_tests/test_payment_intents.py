from typing import Any

import pytest
import requests
import stripe

from tests.simulator.running import RunningSimulator
from tests.simulator_tests.payments import SHOP_PAGE, confirmed, open_intent, paid_intent


def test_an_intent_is_created_as_asked(client: stripe.StripeClient) -> None:
    intent: Any = client.v1.payment_intents.create(
        {
            "amount": 1999,
            "currency": "EUR",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "description": "Order 7",
            "metadata": {"order": "ord_7"},
            "receipt_email": "ann@example.com",
            "statement_descriptor_suffix": "ORDER 7",
            "shipping": {"name": "Ann", "address": {"line1": "Street 1", "country": "DE"}},
        }
    )
    assert (intent.amount, intent.currency, intent.status) == (
        1999,
        "eur",
        "requires_payment_method",
    )
    assert intent.metadata.to_dict() == {"order": "ord_7"}
    assert intent.automatic_payment_methods.allow_redirects == "never"
    assert intent.shipping.address.line1 == "Street 1"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert client.v1.payment_intents.retrieve(intent.id) == intent


def test_a_browser_pays_with_publishable_key_and_client_secret(
    simulator: RunningSimulator, client: stripe.StripeClient, account: str
) -> None:
    intent = open_intent(client, metadata={"internal": "note"})
    seen = simulator.confirm(account, intent.id, intent.client_secret, "pm_card_visa")
    assert seen["status"] == "succeeded"
    assert "metadata" not in seen
    assert "latest_charge" not in seen
    paid: Any = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert paid.amount_received == 1000
    assert paid.latest_charge.captured is True
    assert paid.latest_charge.payment_method_details.card.last4 == "4242"


def test_a_browser_without_the_client_secret_sees_nothing(
    simulator: RunningSimulator, client: stripe.StripeClient, account: str
) -> None:
    intent = open_intent(client)
    answer = simulator.confirm(account, intent.id, f"{intent.id}_secret_guess", "pm_card_visa")
    assert answer["error"]["code"] == "resource_missing"
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_declined_card_is_a_402_and_the_intent_starts_again(
    client: stripe.StripeClient,
    simulator: RunningSimulator,
    account: str,
    card: str,
    code: str,
    decline_code: str | None,
) -> None:
    intent = open_intent(client)
    with pytest.raises(stripe.CardError) as declined:
        confirmed(client, intent, card)
    assert declined.value.http_status == 402
    assert declined.value.code == code
    body: Any = declined.value.json_body
    error = body["error"]
    assert error.get("decline_code") == decline_code
    assert error["payment_intent"]["status"] == "requires_payment_method"
    after: Any = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert after.status == "requires_payment_method"
    assert after.last_payment_error.code == code
    assert after.latest_charge.status == "failed"
    assert simulator.ledger(account) == []
    assert confirmed(client, intent, "pm_card_visa").status == "succeeded"


@pytest.mark.parametrize(
    "card", ["pm_card_authenticationRequired", "pm_card_threeDSecure2Required"]
)
def test_a_card_with_3d_secure_waits_for_its_owner(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str, card: str
) -> None:
    intent = confirmed(client, open_intent(client), card)
    assert intent.status == "requires_action"
    assert intent.next_action.type == "redirect_to_url"
    assert intent.next_action.redirect_to_url.return_url == SHOP_PAGE
    assert simulator.ledger(account) == []
    assert simulator.authenticate(account, intent.id)["status"] == "succeeded"
    assert [one["amount"] for one in simulator.ledger(account)] == [1000]
    with pytest.raises(ValueError, match="nothing to confirm"):
        simulator.authenticate(account, intent.id)


def test_the_bank_has_a_page_that_leads_back_to_the_shop(client: stripe.StripeClient) -> None:
    intent: Any = confirmed(client, open_intent(client, 4999), "pm_card_threeDSecure2Required")
    url = intent.next_action.redirect_to_url.url
    page = requests.get(url, timeout=10)
    assert "49.99 USD" in page.text
    assert 'value="success"' in page.text
    back = requests.post(url, data={"result": "success"}, timeout=10, allow_redirects=False)
    assert back.status_code == 303
    assert back.headers["Location"] == (
        f"{SHOP_PAGE}?payment_intent={intent.id}"
        f"&payment_intent_client_secret={intent.client_secret}&redirect_status=succeeded"
    )
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert "does not wait" in requests.get(url, timeout=10).text


def test_a_return_url_cannot_write_headers(client: stripe.StripeClient) -> None:
    intent: Any = client.v1.payment_intents.confirm(
        open_intent(client).id,
        {
            "payment_method": "pm_card_threeDSecure2Required",
            "return_url": f"{SHOP_PAGE}\r\nSet-Cookie: a=b",
        },
    )
    url = intent.next_action.redirect_to_url.url
    back = requests.post(url, data={"result": "failure"}, timeout=10, allow_redirects=False)
    assert back.status_code == 303
    assert "Set-Cookie" not in back.headers


def test_failed_3d_secure_starts_again(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    intent = open_intent(client)
    seen = simulator.confirm(
        account, intent.id, intent.client_secret, "pm_card_threeDSecure2Required"
    )
    assert seen["next_action"]["type"] == "use_stripe_sdk"
    failed = simulator.authenticate(account, intent.id, "failure")
    assert failed["status"] == "requires_payment_method"
    assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert simulator.ledger(account) == []


def test_a_server_that_cannot_ask_the_customer_gets_the_decline(
    client: stripe.StripeClient,
) -> None:
    intent = open_intent(client)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(
            intent.id,
            {"payment_method": "pm_card_authenticationRequired", "error_on_requires_action": True},
        )
    assert declined.value.code == "authentication_required"


def test_a_server_must_say_where_the_customer_returns_to(client: stripe.StripeClient) -> None:
    intent = open_intent(client)
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    free = open_intent(
        client, automatic_payment_methods={"enabled": True, "allow_redirects": "never"}
    )
    paid = client.v1.payment_intents.confirm(free.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


def test_a_paid_or_canceled_intent_cannot_be_confirmed_again(client: stripe.StripeClient) -> None:
    paid = paid_intent(client)
    canceled = client.v1.payment_intents.cancel(open_intent(client).id)
    for intent in (paid, canceled):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            confirmed(client, intent, "pm_card_visa")
        assert refused.value.code == "payment_intent_unexpected_state"
        body: Any = refused.value.json_body
        assert body["error"]["payment_intent"]["id"] == intent.id


def test_an_intent_without_a_method_cannot_be_confirmed(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.v1.payment_intents.confirm(open_intent(client).id, {"return_url": SHOP_PAGE})
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod: 'pm_none'"):
        confirmed(client, open_intent(client), "pm_none")


def test_manual_capture_holds_first_and_takes_later(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    held = paid_intent(client, capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == (
        "requires_capture",
        1000,
        0,
    )
    assert [one["kind"] for one in simulator.ledger(account)] == ["authorization"]
    taken = client.v1.payment_intents.capture(held.id)
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 1000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_partial_capture_releases_the_rest(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    held = paid_intent(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1001})
    assert refused.value.code == "amount_too_large"
    taken: Any = client.v1.payment_intents.capture(
        held.id, {"amount_to_capture": 700, "expand": ["latest_charge"]}
    )
    assert taken.amount_received == 700
    assert taken.latest_charge.amount_captured == 700
    assert taken.latest_charge.amount_refunded == 300
    payment = simulator.payments(account)[held.id]
    assert (payment["captured"], payment["released"], payment["refunded"]) == (700, 300, 0)
    client.v1.refunds.create({"payment_intent": held.id})
    assert simulator.payments(account)[held.id]["refunded"] == 700


def test_canceling_a_hold_releases_it(
    client: stripe.StripeClient, simulator: RunningSimulator, account: str
) -> None:
    held = paid_intent(client, capture_method="manual")
    canceled = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.canceled_at is not None
    payment = simulator.payments(account)[held.id]
    assert (payment["captured"], payment["released"]) == (0, 1000)


def test_a_paid_intent_cannot_be_canceled(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(paid_intent(client).id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_an_open_intent_can_be_changed_a_paid_one_only_described(
    client: stripe.StripeClient,
) -> None:
    intent = open_intent(client, metadata={"a": "1", "b": "2"})
    changed = client.v1.payment_intents.update(
        intent.id, {"amount": 1200, "metadata": {"a": "", "c": "3"}}
    )
    assert (changed.amount, changed.metadata.to_dict()) == (1200, {"b": "2", "c": "3"})
    confirmed(client, intent, "pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.update(intent.id, {"amount": 1})
    assert refused.value.code == "payment_intent_unexpected_state"
    cleared = client.v1.payment_intents.update(intent.id, {"metadata": ""})
    assert cleared.metadata.to_dict() == {}


def test_changing_the_amount_takes_back_the_question_to_the_bank(
    client: stripe.StripeClient,
) -> None:
    intent = confirmed(client, open_intent(client), "pm_card_threeDSecure2Required")
    changed = client.v1.payment_intents.update(intent.id, {"amount": 900})
    assert (changed.status, changed.next_action) == ("requires_confirmation", None)


def test_lists_are_paged_newest_first(client: stripe.StripeClient) -> None:
    ids = [open_intent(client, amount).id for amount in (1, 2, 3)]
    first = client.v1.payment_intents.list({"limit": 2})
    assert [one.id for one in first.data] == [ids[2], ids[1]]
    assert first.has_more is True
    rest = client.v1.payment_intents.list({"limit": 2, "starting_after": ids[1]})
    assert ([one.id for one in rest.data], rest.has_more) == ([ids[0]], False)
    newer = client.v1.payment_intents.list({"limit": 1, "ending_before": ids[0]})
    assert ([one.id for one in newer.data], newer.has_more) == ([ids[1]], True)
    assert [one.id for one in first.auto_paging_iter()] == ids[::-1]
    assert client.v1.payment_intents.list({"created": {"lt": 1}}).data == []


def test_fees_stand_in_the_balance(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 10_000)
    charge = client.v1.charges.retrieve(
        str(intent.latest_charge), {"expand": ["balance_transaction"]}
    )
    entry = charge.balance_transaction
    assert isinstance(entry, stripe.BalanceTransaction)
    assert (entry.amount, entry.fee, entry.net) == (10_000, 320, 9_680)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 2_500})
    amounts = [one.amount for one in client.v1.balance_transactions.list().data]
    assert amounts == [-2_500, 10_000]
    listed = client.v1.charges.list({"payment_intent": intent.id})
    assert [one.id for one in listed.data] == [charge.id]
