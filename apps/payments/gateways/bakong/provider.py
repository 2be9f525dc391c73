"""Bakong's registration."""

from apps.payments.gateways.bakong.amounts import AMOUNTS
from apps.payments.gateways.bakong.credentials import BakongCredentials
from apps.payments.gateways.bakong.gateway import BakongGateway
from apps.payments.gateways.bakong.payments import MOST_AT_ONCE
from apps.payments.gateways.bakong.tokens import renew_token
from apps.payments.gateways.provider import Capabilities, Provider

BAKONG = Provider(
    code="bakong",
    title="Bakong KHQR",
    credentials=BakongCredentials,
    connect=BakongGateway,
    capabilities=Capabilities(
        has_webhooks=False,
        polls=True,
        most_per_poll=MOST_AT_ONCE,
        supports_refunds=False,
        lists_money=False,
        currencies=frozenset(AMOUNTS.currencies or ()),
    ),
    renew=renew_token,
)
