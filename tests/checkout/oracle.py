"""The slow, obvious way to complete a cart: what the SQL function must write, written with the
services and the ORM. Only tests use it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.cart import selectors as carts
from apps.cart import services as cart_services
from apps.cart.dto import Caller, CartDetail
from apps.finance import services as finance
from apps.inventory import services as inventory
from apps.orders import selectors as orders
from apps.orders import services as order_services
from apps.orders.models import Order
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.shared.db import joins_transaction
from apps.shared.money import Money
from tests.checkout.oracle_order_of_cart import demands_of, invoice_content_of, order_of
from tests.checkout.oracle_review import refuse_incomplete, refuse_unseen_prices


@dataclass(frozen=True)
class Completed:
    """The order of a cart; `is_new` is False when the cart had become one before."""

    order: Order
    is_new: bool


@joins_transaction
def complete_checkout_slowly(
    *, cart_id: UUID, caller: Caller, expected_total: Money | None, now: datetime
) -> Completed:
    """Turn a cart into an order: stock held, totals locked, payment wished for; all or nothing.

    Locks are taken in this order: cart, stock rows by primary key. Stock is reserved before the
    order row is written (ORDER-001). A cart that was completed before gives its first order
    (ORDER-006).

    Raises CartNotFound, CartEmpty, CartIncomplete, NotForSale, PriceChanged, InsufficientStock,
    NoPaymentProvider, NothingToPay.
    """
    cart = carts.cart_for_completion(cart_id=cart_id, caller=caller)
    if (first := orders.order_of_cart(cart_id=cart_id)) is not None:
        return Completed(first, is_new=False)
    detail = carts.detail_of(cart)
    refuse_incomplete(detail)
    refuse_unseen_prices(detail, expected_total=expected_total)
    provider = payments.first_provider()
    new = order_of(detail)
    inventory.reserve_stock(order_id=new.id, demands=demands_of(new), now=now)
    order = order_services.place_order(new=new, now=now)
    _lock_books(order, detail, now)
    payment_services.open_intent(
        order_id=order.pk,
        provider=provider,
        amount=order.total_amount,
        currency=order.currency,
        now=now,
    )
    cart_services.complete_cart(cart=cart, now=now)
    return Completed(order, is_new=True)


def _lock_books(order: Order, detail: CartDetail, now: datetime) -> None:
    finance.lock_financial_order(
        order_id=order.pk,
        currency=order.currency,
        subtotal_amount=order.subtotal_amount,
        discount_amount=order.discount_amount,
        shipping_amount=order.shipping_amount,
        tax_amount=order.tax_amount,
        total_amount=order.total_amount,
        content=invoice_content_of(order, detail).to_json(),
        now=now,
    )
