"""https://docs.stripe.com/api/events/object"""

import stripe

from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.web.message import JsonObject

API_VERSION = stripe.api_version


def event_object(
    type: str,
    subject: JsonObject,
    *,
    previous: JsonObject | None,
    now: int,
    pending_webhooks: int,
    request: JsonObject,
) -> JsonObject:
    data: JsonObject = {"object": subject}
    if previous:
        data["previous_attributes"] = previous
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": data,
        "livemode": False,
        "pending_webhooks": pending_webhooks,
        "request": request,
        "type": type,
    }
