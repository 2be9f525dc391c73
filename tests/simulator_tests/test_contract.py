import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from tests.simulator.providers.stripe import contract, form
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.running import RunningSimulator
from tests.simulator_tests.payments import open_intent, paid_intent


def call(
    simulator: RunningSimulator, encoded: str, key: str = "sk_test_contract", **headers: str
) -> requests.Response:
    return requests.post(
        f"{simulator.base_url}/v1/payment_intents",
        data=encoded,
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        },
        timeout=10,
    )


@pytest.mark.parametrize(
    ("encoded", "code", "param"),
    [
        ("amount=1000", "parameter_missing", "currency"),
        ("amount=ten&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=1e3&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=19.99&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=1_000&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=%D9%A1&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=&currency=usd", "parameter_invalid_empty", "amount"),
        ("amount=0&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=-5&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=100000000&currency=usd", "amount_too_large", "amount"),
        ("amount=5&currency=usdollar", None, "currency"),
        ("amount=5&currency=usd&colour=red", "parameter_unknown", "colour"),
        (
            "amount=5&currency=usd&shipping[name]=A&shipping[addres][line1]=B",
            "parameter_unknown",
            "shipping[addres]",
        ),
        ("amount=5&currency=usd&capture_method=sometimes", None, "capture_method"),
        (
            "amount=5&currency=usd&automatic_payment_methods[enabled]=maybe",
            None,
            "automatic_payment_methods[enabled]",
        ),
        # Removed from the API that this SDK speaks.
        (
            "amount=5&currency=usd&payment_method_types[0]=card",
            "parameter_unknown",
            "payment_method_types",
        ),
        # An option of the SDK, not a parameter.
        ("amount=5&currency=usd&idempotency_key=k", "parameter_unknown", "idempotency_key"),
        # Stripe's, but not simulated.
        ("amount=5&currency=usd&on_behalf_of=acct_1", None, "on_behalf_of"),
        ("amount=5&currency=usd&customer=cus_1", "resource_missing", "customer"),
        ("amount=5&currency=kwd", None, "amount"),
        ("amount=5&currency=usd&metadata=x", None, "metadata"),
        ("amount=5&currency=usd&metadata[a]=" + "x" * 501, None, "metadata[a]"),
        ("amount=5&currency=usd&return_url=x", None, "return_url"),
    ],
)
def test_what_the_contract_does_not_know_is_refused(
    simulator: RunningSimulator, encoded: str, code: str | None, param: str
) -> None:
    answer = call(simulator, encoded)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["type"] == "invalid_request_error"
    assert (error.get("code"), error["param"]) == (code, param)
    assert error["message"]
    if code:
        slug = code.replace("_", "-")
        assert error["doc_url"] == f"https://stripe.com/docs/error-codes/{slug}"


def test_the_refusals_wrote_nothing(simulator: RunningSimulator) -> None:
    listed = simulator.client("contract").v1.payment_intents.list()
    assert listed.data == []


def test_every_answer_names_request_and_version(simulator: RunningSimulator) -> None:
    answer = call(simulator, "amount=5&currency=usd", "sk_test_headers")
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == stripe.api_version
    older = call(simulator, "amount=5", "sk_test_headers", **{"Stripe-Version": "2026-08-26.x"})
    assert older.headers["Stripe-Version"] == "2026-08-26.x"
    assert older.headers["Request-Id"].startswith("req_")


@pytest.mark.parametrize("key", ["", "sk_test_", "sk_live_shop", "nonsense", "sk_test_a b"])
def test_a_wrong_key_is_a_401(simulator: RunningSimulator, key: str) -> None:
    answer = call(simulator, "amount=5&currency=usd", key)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    if len(key) > 11:
        assert key not in answer.text
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient(
            key or "x", base_addresses={"api": simulator.base_url}
        ).v1.payment_intents.list()


def test_a_key_by_basic_authentication_is_the_same_key(simulator: RunningSimulator) -> None:
    value = base64.b64encode(b"sk_test_basic:").decode()
    made = call(simulator, "amount=5&currency=usd", Authorization=f"Basic {value}").json()
    assert simulator.client("basic").v1.payment_intents.retrieve(made["id"]).amount == 5


def test_a_publishable_key_is_for_browsers_only(simulator: RunningSimulator) -> None:
    answer = call(simulator, "amount=5&currency=usd", "pk_test_contract")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "secret_key_required"


def test_another_account_is_out_of_reach(simulator: RunningSimulator) -> None:
    mine, yours = simulator.client("mine"), simulator.client("yours")
    intent: Any = paid_intent(mine)
    refund = mine.v1.refunds.create({"payment_intent": intent.id, "amount": 5})
    event = mine.v1.events.list().data[0]
    endpoint = mine.v1.webhook_endpoints.create(
        {"url": "http://mine.localhost:9/", "enabled_events": ["*"]}
    )
    attempts: list[Callable[[], object]] = [
        lambda: yours.v1.payment_intents.retrieve(intent.id),
        lambda: yours.v1.payment_intents.cancel(intent.id),
        lambda: yours.v1.charges.retrieve(intent.latest_charge),
        lambda: yours.v1.refunds.retrieve(refund.id),
        lambda: yours.v1.events.retrieve(event.id),
        lambda: yours.v1.webhook_endpoints.delete(endpoint.id),
        lambda: yours.v1.payment_methods.retrieve(intent.payment_method),
    ]
    for attempt in attempts:
        with pytest.raises(stripe.InvalidRequestError) as missing:
            attempt()
        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as missing:
        yours.v1.refunds.create({"payment_intent": intent.id})
    assert missing.value.code == "resource_missing"
    assert yours.v1.payment_intents.list().data == []
    assert yours.v1.events.list().data == []
    assert simulator.ledger("yours") == []
    mine.v1.webhook_endpoints.delete(endpoint.id)


def test_a_connected_account_is_refused(simulator: RunningSimulator) -> None:
    with pytest.raises(stripe.PermissionError):
        simulator.client("contract").v1.payment_intents.list(
            {}, {"stripe_account": "acct_somebody"}
        )


def test_an_unknown_path_is_refused_in_stripes_manner(simulator: RunningSimulator) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
        simulator.client("contract").v1.customers.list()
    assert refused.value.http_status == 404


def test_only_references_can_be_expanded(simulator: RunningSimulator) -> None:
    client = simulator.client("expansion")
    intent = paid_intent(client)
    deep = client.v1.payment_intents.list(
        {"expand": ["data.latest_charge.balance_transaction", "data.payment_method"]}
    )
    charge: Any = deep.data[0].latest_charge
    assert charge.balance_transaction.source == charge.id
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(intent.id, {"expand": ["status"]})
    assert open_intent(client, expand=["latest_charge"]).latest_charge is None


@pytest.mark.parametrize(
    ("encoded", "nested"),
    [
        ("a=1&b[c][d]=2", {"a": "1", "b": {"c": {"d": "2"}}}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[]=x&a[]=y", {"a": ["x", "y"]}),
        ("a[1][b]=y&a[0][b]=x", {"a": [{"b": "x"}, {"b": "y"}]}),
        ("a=", {"a": ""}),
        ("a=%C3%BC%20+", {"a": "ü  "}),
        ("[x]=1", {"[x]": "1"}),
    ],
)
def test_forms_are_read_like_stripe_reads_them(encoded: str, nested: dict[str, Any]) -> None:
    assert form.parse(encoded) == nested


def test_values_take_the_types_of_the_contract() -> None:
    given = form.parse("amount=12&currency=usd&confirm=true&off_session=one_off&expand[]=customer")
    assert contract.check("PaymentIntentCreateParams", given) == {
        "amount": 12,
        "currency": "usd",
        "confirm": True,
        "off_session": "one_off",
        "expand": ["customer"],
    }
    with pytest.raises(StripeError, match="Invalid object"):
        contract.check("PaymentIntentCreateParams", form.parse("amount=1&currency=usd&shipping=x"))
