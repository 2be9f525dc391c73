"""What checkout_complete_cart says when it refuses, in the API's words."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from apps.cart.errors import CartEmpty, CartIncomplete, CartNotFound
from apps.checkout.errors import NotForSale, PriceChanged
from apps.inventory.errors import InsufficientStock
from apps.payments.errors import NoPaymentProvider, NothingToPay
from apps.shared import metrics
from apps.shared.errors import DomainError
from apps.shared.idempotency.errors import IdempotencyInFlight, IdempotencyKeyReused
from apps.shared.ids import public_id
from apps.shared.money import Money
from billing.dto import Limit
from billing.errors import PlanLimitReached

logger = logging.getLogger(__name__)

Facts = dict[str, Any]


def refusal(outcome: str, facts: Any) -> DomainError:
    """The error for an outcome. Raises KeyError for one that is no refusal."""
    return _REFUSALS[outcome](facts)


def shortage(text: str) -> InsufficientStock:
    """The error for a shortage, from the function's JSON."""
    return _insufficient_stock(orjson.loads(text))


def _insufficient_stock(items: list[Facts]) -> InsufficientStock:
    short = [
        {
            "product": _id("prd", item["product"]),
            "variant": _id("var", item["variant"]),
            "requested": item["requested"],
            "available": item["available"],
        }
        for item in items
    ]
    metrics.STOCK_RESERVATION_FAILURES.inc()
    logger.warning("stock.insufficient", extra={"items": short})
    return InsufficientStock("", **short[0], items=short)


def _cart_incomplete(facts: Facts) -> CartIncomplete:
    missing = facts["missing"]
    return CartIncomplete(f"Still missing: {', '.join(missing)}.", missing=missing)


def _not_for_sale(facts: Facts) -> NotForSale:
    gone = [line for line in facts["lines"] if not line["for_sale"]]
    return NotForSale(variants=[_id("var", line["variant"]) for line in gone])


def _price_changed(facts: Facts) -> PriceChanged:
    def money(amount: int) -> dict[str, object]:
        return Money(amount, facts["currency"]).as_json()

    return PriceChanged(
        total=money(facts["total"]),
        lines=[
            {
                "line": _id("cli", line["cart_line"]),
                "variant": _id("var", line["variant"]),
                "old": money(line["seen_price"]),
                "new": money(line["price"]),
            }
            for line in facts["lines"]
            if line["price"] != line["seen_price"]
        ],
    )


def _id(prefix: str, text: str) -> str:
    return public_id(prefix, UUID(text))


_REFUSALS: dict[str, Callable[[Any], DomainError]] = {
    "cart_not_found": lambda _: CartNotFound(),
    "cart_empty": lambda _: CartEmpty(),
    "cart_incomplete": _cart_incomplete,
    "not_for_sale": _not_for_sale,
    "price_changed": _price_changed,
    "insufficient_stock": _insufficient_stock,
    "no_payment_provider": lambda _: NoPaymentProvider(),
    "nothing_to_pay": lambda facts: NothingToPay(amount=facts["amount"]),
    "plan_limit_reached": lambda facts: PlanLimitReached(
        "The shop takes no more orders this month.", feature=Limit.MAX_ORDERS_PER_MONTH, **facts
    ),
    "idempotency_in_flight": lambda _: IdempotencyInFlight(),
    "idempotency_key_reused": lambda _: IdempotencyKeyReused(),
}
