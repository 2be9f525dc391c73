"""Bakong KHQR in our words: codes that we make, and questions about who has paid them.

The bank sends no webhooks, lists nothing and gives nothing back by its API.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.bakong import payments
from apps.payments.gateways.bakong.calls import bakong_call
from apps.payments.gateways.bakong.codes import code_of
from apps.payments.gateways.bakong.credentials import BakongCredentials
from apps.payments.gateways.base import IntentRequest, ProviderIntent, ProviderState
from apps.payments.gateways.gateway import Gateway
from apps.shared import clock

logger = logging.getLogger(__name__)
# Shoppers can scan the code without it.
_LINK_SECONDS = 3.0


class BakongGateway(Gateway):
    """A shop's account at a bank that takes part in Bakong."""

    def __init__(self, credentials: BakongCredentials) -> None:
        self._credentials = credentials

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        """Make the code; the bank learns of it when it is paid. The same request, the same code."""
        code, name = code_of(request, self._credentials.merchant(), clock.now())
        link = self._deep_link(code, request.return_url)
        return ProviderIntent(
            reference=str(name),
            state=ProviderState.OPEN,
            amount_received=0,
            currency=request.currency,
            client={
                "qr": code,
                "md5": name.md5,
                "expires_at": name.expires_at.isoformat(),
                **({"deep_link": link} if link else {}),
            },
        )

    def fetch_intent(self, reference: str) -> ProviderIntent:
        return payments.fetch(reference, token=self._credentials.token, now=clock.now())

    def fetch_intents(self, references: Sequence[str]) -> list[ProviderIntent]:
        return payments.fetch_many(references, token=self._credentials.token, now=clock.now())

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        """A code cannot be called back: it goes on until its end, and is watched so long."""
        return replace(self.fetch_intent(reference), failure_code="", failure_message="")

    def _deep_link(self, code: str, return_url: str) -> str:
        """For shoppers whose banking app is on the device they shop with; empty without one."""
        source = {
            "appIconUrl": urljoin(return_url, "/favicon.ico"),
            "appName": self._credentials.merchant_name,
            "appDeepLinkCallback": return_url,
        }
        body = {"qr": code, **({"sourceInfo": source} if return_url else {})}
        try:
            answer = bakong_call(
                "generate_deeplink_by_qr",
                body,
                token=self._credentials.token,
                seconds=_LINK_SECONDS,
            )
        except (ProviderUnavailable, ProviderRefused):
            logger.warning("payment.no_deep_link")
            return ""
        return str((answer.get("data") or {}).get("shortLink") or "")
