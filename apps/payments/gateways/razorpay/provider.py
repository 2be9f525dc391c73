"""Razorpay's registration."""

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
        tells_fees=True,
        tells_payouts=True,
    ),
    kept_headers=HEADERS,
)
