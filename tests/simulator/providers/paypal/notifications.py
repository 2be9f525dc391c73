"""/v1/notifications/webhooks: where an app wants its events, and how they are signed."""

import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

from tests.simulator.providers.books import ENDPOINT
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.paypal.certificates import Certificates
from tests.simulator.providers.paypal.manners import invalid_request
from tests.simulator.providers.paypal.shapes import new_id
from tests.simulator.web.message import JsonObject, Request, Response
from tests.simulator.web.router import Route

CERTIFICATE_PATH = "/paypal/v1/notifications/certs/CERT-SIMULATOR"
ROOT_PATH = "/_sim/paypal/root.pem"
# Those of orders and payments, as PayPal's list of event names has them.
EVENT_TYPES = (
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.ORDER.COMPLETED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
    "PAYMENT.AUTHORIZATION.CREATED",
    "PAYMENT.AUTHORIZATION.VOIDED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "CUSTOMER.DISPUTE.RESOLVED",
)


def register(call: Call) -> tuple[int, object]:
    """Answers with the id that every signature covers."""
    url, types = call.body.get("url"), call.body.get("event_types")
    if not url or not isinstance(types, list) or not types:
        raise invalid_request("VALIDATION_ERROR", "/url", "url and event_types are needed.")
    webhook_id = new_id()
    names = [one["name"] for one in types]
    if unknown := set(names) - {"*", *EVENT_TYPES}:
        raise invalid_request("INVALID_EVENT_TYPE", "/event_types", f"Not a valid event: {unknown}")
    kept = {
        "id": webhook_id,
        "url": url,
        "secret": webhook_id,
        "events": names,
    }
    call.books.add(ENDPOINT, kept)
    return 201, _shown(kept)


def event_types(call: Call) -> tuple[int, object]:
    return 200, {"event_types": [{"name": name, "status": "ENABLED"} for name in EVENT_TYPES]}


def listing(call: Call) -> tuple[int, object]:
    return 200, {"webhooks": [_shown(one) for one in call.books.listed(ENDPOINT)]}


def _shown(kept: JsonObject) -> JsonObject:
    return {
        "id": kept["id"],
        "url": kept["url"],
        "event_types": [{"name": name} for name in kept["events"]],
    }


class Signing:
    """``base_url`` tells where this simulator is, for the certificate's address."""

    def __init__(self, certificates: Certificates, base_url: Callable[[], str]) -> None:
        self._certificates = certificates
        self._base_url = base_url

    def routes(self) -> list[Route]:
        return [
            Route("GET", CERTIFICATE_PATH, self.show_chain),
            Route("GET", ROOT_PATH, self.show_root),
        ]

    def show_chain(self, request: Request) -> Response:
        return Response(200, self._certificates.chain(), "application/x-pem-file")

    def show_root(self, request: Request) -> Response:
        """The root under which webhooks verify; PayPal's is in every store of roots."""
        return Response(200, self._certificates.root(), "application/x-pem-file")

    def sign(self, webhook_id: str, payload: bytes, timestamp: int) -> dict[str, str]:
        """PayPal's headers: over transmission id, time, webhook id and the CRC32 of the body."""
        transmission = str(uuid.uuid4())
        sent = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"{transmission}|{sent}|{webhook_id}|{zlib.crc32(payload)}"
        return {
            "Content-Type": "application/json",
            "User-Agent": "PayPal/AUHD-214.0-58843570",
            "PAYPAL-TRANSMISSION-ID": transmission,
            "PAYPAL-TRANSMISSION-TIME": sent,
            "PAYPAL-TRANSMISSION-SIG": self._certificates.sign(message.encode()),
            "PAYPAL-CERT-URL": self._base_url() + CERTIFICATE_PATH,
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }


OPERATIONS = (
    Operation("POST", "/paypal/v1/notifications/webhooks", register),
    Operation("GET", "/paypal/v1/notifications/webhooks", listing),
    Operation("GET", "/paypal/v1/notifications/webhooks-event-types", event_types),
)
