"""Django REST Framework and the OpenAPI document."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["apps.shared.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.shared.api.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.shared.api.renderers.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "apps.shared.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "apps.shared.api.problems.exception_handler",
}
_DESCRIPTION = """\
Every shop answers on its own host; what one shop knows, no other tells.

- **Ids** are opaque and carry a prefix (`prd_…`, `ord_…`). Times are RFC 3339 in UTC.
- **Money** is an integer in minor units with its currency: `{"amount": 1999, "currency": "USD"}`.
  Prices and totals are the server's; a request never names one, but to say what it expects.
- **Errors** are `application/problem+json`; decide by `code`. Unknown fields are refused.
- **Idempotency-Key** on POST, PATCH and DELETE makes a retry safe: the first answer is given again.
- **ETag**: send it back as `If-None-Match` to save the body, or as `If-Match` to refuse a change
  of what someone else has changed meanwhile.
- **Lists** go on with `next_cursor`; `limit` is 1 to 100.

To buy as a guest: list products, make a cart and keep its `token` as `Cart-Token`, add lines, set
e-mail, address and shipping method, complete the cart, start the payment and confirm it at the
provider. The order becomes paid when the provider says so.
"""
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Galleria",
    "DESCRIPTION": _DESCRIPTION,
    "TAGS": [
        {"name": "Catalogue", "description": "What is for sale"},
        {"name": "Carts", "description": "Collect it"},
        {"name": "Checkout", "description": "Order and pay it"},
        {"name": "Orders", "description": "See what became of it"},
        {"name": "Customers", "description": "Accounts"},
        {"name": "Webhooks", "description": "For payment providers"},
        {"name": "Tenants", "description": "Shops, on the platform's own host"},
    ],
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATION_PARAMETERS": "apps.shared.api.schema_hooks.place_of_parameter",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enum_id_removal",
        "apps.shared.api.schema_hooks.say_what_is_open",
        "apps.shared.api.schema_hooks.keep_used_tags",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
