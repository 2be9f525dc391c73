"""Telling PayPal where to send its webhooks.

Source: https://developer.paypal.com/docs/api/webhooks/v1/.
"""

from collections.abc import Mapping

from apps.payments.gateways.paypal.credentials import PayPalCredentials
from apps.payments.gateways.paypal.rest import rest_call
from apps.payments.gateways.paypal.webhooks import EVENTS

_PATH = "/v1/notifications/webhooks"


def ensure_webhook_endpoint(credentials: PayPalCredentials, *, url: str) -> Mapping[str, str]:
    """Have PayPal send our events to `url`; the webhook's id, when it is not the one we know.

    Raises ProviderUnavailable, ProviderRefused.
    """
    known = rest_call(credentials, "GET", _PATH).get("webhooks", [])
    webhook = next((one for one in known if one["url"] == url), None)
    if webhook is None:
        body = {"url": url, "event_types": [{"name": name} for name in _offered(credentials)]}
        webhook = rest_call(credentials, "POST", _PATH, body)
    if webhook["id"] == credentials.webhook_id:
        return {}
    return {"webhook_id": str(webhook["id"])}


def _offered(credentials: PayPalCredentials) -> list[str]:
    """Those of our events that PayPal has: it refuses a webhook for one that it does not know."""
    offered = rest_call(credentials, "GET", f"{_PATH}-event-types").get("event_types", [])
    names = {one["name"] for one in offered}
    return [name for name in EVENTS if name in names]
