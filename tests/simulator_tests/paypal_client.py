"""PayPal's official SDK on an account of the simulator."""

import json
from typing import Any

from paypalserversdk.configuration import Configuration
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

Json = dict[str, Any]
ALL = "return=representation"


class PayPalClient:
    """Answers are JSON; a refusal is its status and PayPal's issue."""

    def __init__(self, base_url: str, account: str) -> None:
        class AtSimulator(Configuration):  # type: ignore[misc]
            def get_base_uri(self, server: object = None) -> str:
                return f"{base_url}/paypal"

        credentials = ClientCredentialsAuthCredentials(
            o_auth_client_id=f"client_{account}", o_auth_client_secret=f"secret_{account}"
        )
        config = AtSimulator(timeout=5, client_credentials_auth_credentials=credentials)
        self.sdk = PaypalServersdkClient(config=config)

    def create(self, value: str, currency: str = "USD", *, key: str = "create-1") -> Json:
        unit = PurchaseUnitRequest(
            amount=AmountWithBreakdown(currency, value), custom_id="shop_a.pay_1"
        )
        body = OrderRequest(intent="CAPTURE", purchase_units=[unit])
        options = {"body": body, "paypal_request_id": key, "prefer": ALL}
        return _json(self.sdk.orders.create_order(options))

    def order(self, order: str) -> Json:
        return _json(self.sdk.orders.get_order({"id": order}))

    def capture(self, order: str, *, key: str = "capture-1") -> Json:
        options = {"id": order, "paypal_request_id": key, "prefer": ALL}
        return _json(self.sdk.orders.capture_order(options))

    def refund(self, capture: str, value: str, *, key: str, currency: str = "USD") -> Json:
        body = RefundRequest(amount=Money(currency, value), custom_id="shop_a.ref_1")
        options = {"capture_id": capture, "paypal_request_id": key, "prefer": ALL, "body": body}
        return _json(self.sdk.payments.refund_captured_payment(options))


def issue_of(error: ApiException) -> tuple[int, str]:
    """Status and PayPal's word for what is wrong."""
    return error.response_code, json.loads(error.response.text)["details"][0]["issue"]


def capture_of(order: Json) -> Json:
    [found] = order["purchase_units"][0]["payments"]["captures"]
    return dict(found)


def _json(answer: Any) -> Json:
    return dict(json.loads(answer.text))
