import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg.errors
from django.db import DatabaseError, connection

from apps.cart.dto import Caller
from apps.checkout.refusals import refusal, shortage
from apps.inventory.events import StockRanLow
from apps.orders.events import OrderPlaced
from apps.orders.numbers import new_order_number
from apps.shared import context, metrics
from apps.shared.api.tokens import access_token, token_opens
from apps.shared.db import owns_statement
from apps.shared.fast_sql import fetch_one
from apps.shared.idempotency.services import Claim, StoredAnswer
from apps.shared.ids import first_id_of, new_id, public_id
from apps.shared.money import Money
from apps.shared.outbox.emit import wanted_by
from apps.shared.relay.signal import ring
from apps.shared.schema import current_schema
from billing.dto import Limit
from billing.selectors import feature_limit

logger = logging.getLogger(__name__)

_PLACES = ", ".join(["%s"] * 23)
_CALL = f"SELECT * FROM {{schema}}.checkout_complete_cart({_PLACES})"  # noqa: S608 - no values in it


_INSUFFICIENT_STOCK = "GA001"


@dataclass(frozen=True)
class CompletedBefore:
    """The cart had become an order already, under another key (ORDER-006)."""

    cart_id: UUID


@owns_statement
def complete_checkout(
    *, cart_id: UUID, caller: Caller, expected_total: Money | None, keyed: Claim, now: datetime
) -> StoredAnswer | CompletedBefore:
    """Turn a cart into an order: stock held, totals locked, payment wished for; all or nothing.

    One call of the shop's own SQL function (docs/adr/0012-checkout-in-sql.md), which is one
    transaction and keeps its answer under the request's key (IDEM-005). Stock rows are locked last,
    by primary key, and held by the rest of that statement only.

    Raises CartNotFound, CartEmpty, CartIncomplete, NotForSale, PriceChanged, InsufficientStock,
    NoPaymentProvider, NothingToPay, PlanLimitReached, IdempotencyInFlight, IdempotencyKeyReused.
    """
    order_id, schema = new_id(), current_schema()
    listeners, low_listeners = wanted_by(OrderPlaced), wanted_by(StockRanLow)
    try:
        row = fetch_one(
            _CALL.format(schema=connection.ops.quote_name(schema)),
            (
                cart_id,
                token_opens("cart", cart_id, caller.token),
                caller.customer_id,
                expected_total.amount if expected_total else None,
                expected_total.currency if expected_total else None,
                order_id,
                new_order_number(),
                access_token("order", order_id),
                context.actor.get(),
                context.request_id.get(),
                now,
                now.isoformat(),
                [one.key for one in listeners],
                [one.queue for one in listeners],
                [one.key for one in low_listeners],
                [one.queue for one in low_listeners],
                keyed.scope,
                keyed.key,
                keyed.method,
                keyed.path,
                keyed.fingerprint,
                feature_limit(schema, Limit.MAX_ORDERS_PER_MONTH),
                first_id_of(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)),
            ),
        )
    except DatabaseError as error:
        raise _as_refusal(error) from None
    assert row is not None  # noqa: S101 - a function with OUT parameters gives one row
    is_heard = bool(listeners or low_listeners)
    return _answer(row, cart_id=cart_id, order_id=order_id, is_heard=is_heard)


def _answer(
    row: tuple[Any, ...], *, cart_id: UUID, order_id: UUID, is_heard: bool
) -> StoredAnswer | CompletedBefore:
    outcome, details, status, headers, body = row
    if outcome == "created":
        metrics.ORDERS_CREATED.inc()
        logger.info("order.created", extra={"order": public_id("ord", order_id)})
        logger.info("financial_order.locked", extra={"order": public_id("ord", order_id)})
        if is_heard:
            ring()
        return StoredAnswer(status, headers, body)
    if outcome == "replayed":
        return StoredAnswer(status, headers, bytes(body), is_replay=True)
    if outcome == "completed_before":
        return CompletedBefore(cart_id)
    raise refusal(outcome, details)


def _as_refusal(error: DatabaseError) -> Exception:
    """Stock that ran out between the look and the lock; anything else is what it is."""
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.DatabaseError) and cause.sqlstate == _INSUFFICIENT_STOCK:
        return shortage(cause.diag.message_detail or "[]")
    return error
