"""What opens a demo shop's accounts at the simulator's providers, and is set up there for them.

The simulator takes any account by its name; what a merchant does in a dashboard, or gets from a
bank, it has calls for.
"""

from django.conf import settings

from apps.demo.http import post_json
from apps.demo.shops import DemoShop

# What Razorpay's merchant types in twice. The demo guards nothing.
_WEBHOOK_SECRET = "galleria-demo-webhooks"  # noqa: S105


def simulated_at(provider: str) -> str:
    """Where the simulator stands in for a provider; empty when it does not."""
    base: str = getattr(settings, f"{provider.upper()}_API_BASE", "")
    return base if base.endswith(f"/{provider}") else ""


def account_at(provider: str, shop: DemoShop) -> dict[str, str]:
    """The shop's credentials. Raises StepFailed when the simulator does not answer."""
    name = shop.account
    if provider == "paypal":
        return {
            "environment": "sandbox",
            "client_id": f"client_{name}",
            "client_secret": f"secret_{name}",
        }
    pages = f"{simulated_at(provider).removesuffix(provider)}_sim/{provider}/{name}"
    if provider == "razorpay":
        told = {"url": shop.webhook_url(provider), "secret": _WEBHOOK_SECRET}
        post_json("set up Razorpay's webhook", f"{pages}/webhooks", told)
        return {
            "key_id": f"rzp_test_{name}",
            "key_secret": f"secret_{name}",
            "webhook_secret": _WEBHOOK_SECRET,
        }
    token = post_json("get a token of Bakong", f"{pages}/token", {})["token"]
    return {
        "bakong_account": f"{name}@bank",
        "merchant_name": shop.name[:25],
        "merchant_city": "Phnom Penh",
        "email": f"{name}@merchant.example",
        "token": str(token),
    }
