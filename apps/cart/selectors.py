"""Reading carts. Each call costs a fixed number of statements (CART-007)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.cart.dto import Caller, CartDetail, LineDetail, ShippingChoice
from apps.cart.errors import CartCompleted, CartNotFound
from apps.cart.models import Cart, CartLine
from apps.cart.totals import PricedLine, TaxRule, compute_totals
from apps.shared.api.tokens import token_opens
from apps.shared.fast_sql import call
from apps.shop import selectors as shop


def carts_for_merge(
    *, cart_id: UUID, caller: Caller, customer_id: UUID
) -> tuple[Cart, Cart | None]:
    """The cart to merge and the customer's newest open one, both locked in the order of their ids.

    The first may be the customer's own already, or have been merged before. The second is None when
    there is none, or it is being completed at this moment. Raises CartNotFound, CartCompleted.
    """
    newest = _open_carts(customer_id).exclude(pk=cart_id).order_by("-pk").values("pk")[:1]
    rows = Cart.objects.select_for_update()
    found = {cart.pk: cart for cart in rows.filter(Q(pk=cart_id) | Q(pk__in=newest)).order_by("pk")}
    cart = found.pop(cart_id, None)
    if cart is None or not _may_open(cart, caller):
        raise CartNotFound
    if cart.completed_at is not None:
        raise CartCompleted
    into = next(iter(found.values()), None)
    return cart, into if into and into.completed_at is None else None


def newest_open_cart(*, customer_id: UUID) -> CartDetail:
    """The cart that a customer made last. Raises CartNotFound when there is none."""
    cart = _open_carts(customer_id).order_by("-pk").first()
    if cart is None:
        raise CartNotFound
    return detail_of(cart)


def carts_end_before(*, now: datetime) -> datetime | None:
    """Open carts that were last changed at this moment or earlier are over; None: none ever is."""
    days = shop.shop_settings().cart_expiry_days
    return now - timedelta(days=days) if days else None


def carts_past_their_time(*, before: datetime, limit: int) -> list[UUID]:
    """Open carts that were last changed until then, the oldest first, locked.

    Those that somebody else has locked are left out. One statement over a partial index.
    """
    rows = _over(before).order_by("updated_at").select_for_update(skip_locked=True)
    return list(rows.values_list("pk", flat=True)[:limit])


def count_carts_past_their_time(*, before: datetime) -> int:
    """How many open carts were last changed until then."""
    return _over(before).count()


def _over(before: datetime) -> "QuerySet[Cart]":
    return Cart.objects.filter(completed_at__isnull=True, updated_at__lte=before)


def lines_of(*, cart_ids: Collection[UUID]) -> list[CartLine]:
    """The lines of these carts, oldest first. One statement."""
    return list(CartLine.objects.filter(cart_id__in=cart_ids).order_by("id"))


def _open_carts(customer_id: UUID) -> "QuerySet[Cart]":
    return Cart.objects.filter(
        customer_id=customer_id, completed_at__isnull=True, merged_into__isnull=True
    )


def cart_for_completion(*, cart_id: UUID, caller: Caller) -> Cart:
    """The cart, locked, completed or not. Raises CartNotFound."""
    rows = Cart.objects.select_for_update().filter(pk=cart_id, merged_into__isnull=True)
    cart = rows.first()
    if cart is None or not _may_open(cart, caller):
        raise CartNotFound
    return cart


def cart_detail(*, cart_id: UUID, caller: Caller) -> CartDetail:
    """The cart with lines and totals, priced as of now. Raises CartNotFound."""
    found = _read(cart_id)
    if (
        found is None
        or found["merged_into_id"]
        or not _opens(cart_id, found["customer_id"], caller)
    ):
        raise CartNotFound
    return detail_of_json(cart_id, found)


def detail_of(cart: Cart) -> CartDetail:
    """The same of a cart that the caller may see. One statement, however many lines."""
    found = _read(cart.pk)
    assert found is not None  # noqa: S101 - there is the row
    return detail_of_json(cart.pk, found)


def _read(cart_id: UUID) -> dict[str, Any] | None:
    found: dict[str, Any] | None = call("cart_read", cart_id)
    return found


def detail_of_json(cart_id: UUID, found: Mapping[str, Any]) -> CartDetail:
    """A cart as the shop's functions show it, with its totals."""
    method = found["shipping_method"]
    choice = ShippingChoice(**{**method, "id": UUID(method["id"])}) if method else None
    lines = tuple(_line_detail(line) for line in found["lines"])
    totals = compute_totals(
        [PricedLine(line.quantity, line.unit_price, line.taxable) for line in lines],
        shipping=choice.amount if choice else 0,
        rule=TaxRule(found["tax_rate_bp"], found["prices_include_tax"]),
    )
    return CartDetail(
        id=cart_id,
        customer_id=UUID(found["customer_id"]) if found["customer_id"] else None,
        currency=found["currency"],
        email=found["email"],
        shipping_address=found["shipping_address"],
        billing_address=found["billing_address"],
        shipping_method=choice,
        metadata=found["metadata"],
        version=found["version"],
        is_completed=found["is_completed"],
        lines=lines,
        totals=totals,
        prices_include_tax=found["prices_include_tax"],
        tax_rate_bp=found["tax_rate_bp"],
    )


def _line_detail(line: Mapping[str, Any]) -> LineDetail:
    ids = {name: UUID(line[name]) for name in ("id", "variant_id", "product_id")}
    return LineDetail(**{**line, **ids})


def _may_open(cart: Cart, caller: Caller) -> bool:
    return _opens(cart.pk, cart.customer_id, caller)


def _opens(cart_id: UUID, customer_id: UUID | str | None, caller: Caller) -> bool:
    """CART-005: a customer's cart by that customer only, a guest's by its token only."""
    if customer_id is not None:
        return caller.customer_id is not None and str(customer_id) == str(caller.customer_id)
    return token_opens("cart", cart_id, caller.token)
