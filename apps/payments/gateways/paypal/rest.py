"""Calls for which the SDK has no part, made by hand with the SDK's token."""

from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.paypal.calls import base_of, client_of
from apps.payments.gateways.paypal.credentials import PayPalCredentials

_NOT_TAKEN = (400, 404, 422)


def rest_call(
    credentials: PayPalCredentials,
    method: str,
    path: str,
    body: object = None,
    *,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What PayPal answered. Raises ProviderUnavailable, ProviderRefused."""
    token = _token(credentials)
    try:
        answer = requests.request(
            method,
            base_of(credentials.environment) + path,
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {token}"},
            timeout=settings.PAYPAL_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise ProviderUnavailable(reason="no_answer") from error
    if answer.status_code in _NOT_TAKEN:
        raise ProviderRefused("PayPal did not take it.", reason=f"refused_{path.split('/')[2]}")
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
