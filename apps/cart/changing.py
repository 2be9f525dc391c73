"""Calling the functions of a shop's schema that change a cart (migrations/sql/0005…)."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from apps.cart.dto import CartDetail
from apps.cart.errors import CartCompleted, CartLineNotFound, CartNotFound, CartStale, CartTooLarge
from apps.cart.selectors import detail_of_json
from apps.catalog.errors import VariantNotFound
from apps.shared.errors import DomainError
from apps.shared.fast_sql import call
from apps.shipping.errors import ShippingMethodNotFound

_REFUSALS: Mapping[str, Callable[[Mapping[str, Any]], DomainError]] = {
    "cart_not_found": lambda _: CartNotFound(),
    "cart_completed": lambda _: CartCompleted(),
    "cart_line_not_found": lambda _: CartLineNotFound(),
    "variant_not_found": lambda _: VariantNotFound(),
    "shipping_method_not_found": lambda _: ShippingMethodNotFound(),
    "cart_too_large": lambda facts: CartTooLarge(**facts),
    "stale_etag": lambda facts: CartStale(current_etag=f'"{facts["version"]}"'),
}


def changed(function: str, cart_id: UUID, *parameters: Any) -> CartDetail:
    """The cart as `function` left it. Raises what it refused for; nothing was written then."""
    answer = call(function, cart_id, *parameters)
    if refused := answer.pop("refused", None):
        raise _REFUSALS[refused](answer)
    return detail_of_json(cart_id, answer)
