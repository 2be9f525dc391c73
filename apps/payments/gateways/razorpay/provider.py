"""Razorpay's registration."""

from datetime import timedelta

from apps.payments.gateways.provider import Capabilities, Provider
from apps.payments.gateways.razorpay.credentials import RazorpayCredentials
from apps.payments.gateways.razorpay.gateway import RazorpayGateway
from apps.payments.gateways.razorpay.webhooks import HEADERS

RAZORPAY = Provider(
    code="razorpay",
    title="Razorpay",
    credentials=RazorpayCredentials,
    connect=RazorpayGateway,
    capabilities=Capabilities(
        supports_manual_capture=True,
        # All that was authorized, or nothing: https://razorpay.com/docs/api/payments/capture/
        supports_partial_capture=False,
        # The longest that it waits before it gives the money back by itself.
        authorized_for=timedelta(days=5),
        tells_fees=True,
        tells_payouts=True,
    ),
    kept_headers=HEADERS,
)
