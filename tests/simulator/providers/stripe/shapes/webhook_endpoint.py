"""https://docs.stripe.com/api/webhook_endpoints/object"""

from tests.simulator.providers.stripe.ids import new_id, new_webhook_secret
from tests.simulator.web.message import JsonObject


def webhook_endpoint_object(url: str, enabled_events: list[str], now: int) -> JsonObject:
    """Return a new endpoint; ``secret`` is shown to its maker once and stays inside after that."""
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": now,
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "secret": new_webhook_secret(),
        "status": "enabled",
        "url": url,
    }
