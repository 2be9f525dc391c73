"""Webhook endpoints: create, retrieve, update, delete, list."""

from urllib.parse import urlsplit

from tests.simulator.providers.stripe import metadata
from tests.simulator.providers.stripe.errors import StripeError, invalid_parameter
from tests.simulator.providers.stripe.operation import Call, Operation, names
from tests.simulator.providers.stripe.pages import page
from tests.simulator.providers.stripe.shapes.webhook_endpoint import webhook_endpoint_object
from tests.simulator.web.message import JsonObject
from tests.simulator.webhooks.outbox import cancel_of_endpoint

ENDPOINTS_MAX = 16


def create(call: Call) -> JsonObject:
    params, account = call.params, call.account
    if len(account.endpoints()) >= ENDPOINTS_MAX:
        raise StripeError(
            f"You have reached the maximum of {ENDPOINTS_MAX} test webhook endpoints."
        )
    endpoint = webhook_endpoint_object(
        _checked_url(params["url"]), params["enabled_events"], account.now
    )
    endpoint["description"] = params.get("description") or None
    endpoint["api_version"] = params.get("api_version")
    metadata.apply(endpoint, params)
    return account.add(endpoint)


def retrieve(call: Call) -> JsonObject:
    return _without_secret(_endpoint(call))


def update(call: Call) -> JsonObject:
    endpoint, params = _endpoint(call), call.params
    if "url" in params:
        endpoint["url"] = _checked_url(params["url"])
    if "enabled_events" in params:
        endpoint["enabled_events"] = params["enabled_events"]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "description" in params:
        endpoint["description"] = params["description"] or None
    metadata.apply(endpoint, params)
    return _without_secret(call.account.save(endpoint))


def delete(call: Call) -> JsonObject:
    endpoint = _endpoint(call)
    call.account.remove(endpoint["id"])
    cancel_of_endpoint(call.account.connection, call.account.name, endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def listing(call: Call) -> JsonObject:
    found = page(call.account, "webhook_endpoint", "/v1/webhook_endpoints", call.params)
    found["data"] = [_without_secret(one) for one in found["data"]]
    return found


def _endpoint(call: Call) -> JsonObject:
    return call.account.get("webhook_endpoint", call.path["id"])


def _without_secret(endpoint: JsonObject) -> JsonObject:
    return {name: value for name, value in endpoint.items() if name != "secret"}


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise invalid_parameter(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            "url",
            "url_invalid",
        )
    return url


_SHARED = "enabled_events url description metadata"
OPERATIONS = (
    Operation(
        "POST",
        "/v1/webhook_endpoints",
        "WebhookEndpointCreateParams",
        create,
        names(_SHARED + " api_version"),
    ),
    Operation(
        "GET",
        "/v1/webhook_endpoints",
        "WebhookEndpointListParams",
        listing,
        names("ending_before limit starting_after"),
    ),
    Operation(
        "GET",
        "/v1/webhook_endpoints/{id}",
        "WebhookEndpointRetrieveParams",
        retrieve,
        names(""),
    ),
    Operation(
        "POST",
        "/v1/webhook_endpoints/{id}",
        "WebhookEndpointUpdateParams",
        update,
        names(_SHARED + " disabled"),
    ),
    Operation(
        "DELETE",
        "/v1/webhook_endpoints/{id}",
        "WebhookEndpointDeleteParams",
        delete,
        names(""),
    ),
)
