"""Telling PayPal where to send its webhooks.

Source: https://developer.paypal.com/docs/api/webhooks/v1/. The SDK has no part for it, so the calls
are made by hand, with the SDK's token.
"""

from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.paypal.calls import base_of, client_of
from apps.payments.gateways.paypal.credentials import PayPalCredentials
from apps.payments.gateways.paypal.webhooks import EVENTS

_PATH = "/v1/notifications/webhooks"


def ensure_webhook_endpoint(credentials: PayPalCredentials, *, url: str) -> Mapping[str, str]:
    """Have PayPal send our events to `url`; the webhook's id, when it is not the one we know.

    Raises ProviderUnavailable, ProviderRefused.
    """
    known = _send(credentials, "GET", _PATH).get("webhooks", [])
    webhook = next((one for one in known if one["url"] == url), None)
    if webhook is None:
        body = {"url": url, "event_types": [{"name": name} for name in _offered(credentials)]}
        webhook = _send(credentials, "POST", _PATH, body)
    if webhook["id"] == credentials.webhook_id:
        return {}
    return {"webhook_id": str(webhook["id"])}


def _offered(credentials: PayPalCredentials) -> list[str]:
    """Those of our events that PayPal has: it refuses a webhook for one that it does not know."""
    offered = _send(credentials, "GET", f"{_PATH}-event-types").get("event_types", [])
    names = {one["name"] for one in offered}
    return [name for name in EVENTS if name in names]


def _send(
    credentials: PayPalCredentials, method: str, path: str, body: object = None
) -> dict[str, Any]:
    token = _token(credentials)
    try:
        answer = requests.request(
            method,
            base_of(credentials.environment) + path,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=settings.PAYPAL_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise ProviderUnavailable(reason="no_answer") from error
    if answer.status_code in (400, 404, 422):
        raise ProviderRefused("PayPal did not take the webhook's address.", reason="webhook_url")
    if not answer.ok:
        raise ProviderUnavailable(reason="provider_error")
    return dict(answer.json())


def _token(credentials: PayPalCredentials) -> str:
    manager = client_of(credentials).oauth_2
    try:
        if not manager.is_valid():
            raise ProviderUnavailable(reason="credentials_refused")
    except requests.RequestException as error:
        raise ProviderUnavailable(reason="no_answer") from error
    return str(manager._get_token_from_provider().access_token)
