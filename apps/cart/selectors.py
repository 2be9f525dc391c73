"""Reading carts. Each call costs a fixed number of statements (CART-007)."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.cart.dto import Caller, CartDetail, LineDetail, ShippingChoice
from apps.cart.errors import CartCompleted, CartNotFound
from apps.cart.models import Cart, CartLine
from apps.cart.totals import PricedLine, TaxRule, compute_totals
from apps.catalog import selectors as catalog
from apps.shared.api.tokens import token_opens
from apps.shop import selectors as shop


def cart_for_update(*, cart_id: UUID, caller: Caller) -> Cart:
    """The cart, locked and open for changes. Raises CartNotFound, CartCompleted."""
    cart = _found(cart_id, caller, lock=True)
    if cart.completed_at is not None:
        raise CartCompleted
    return cart


def carts_for_merge(
    *, cart_id: UUID, caller: Caller, customer_id: UUID
) -> tuple[Cart, Cart | None]:
    """The cart to merge and the customer's newest open one, both locked in the order of their ids.

    The first may be the customer's own already, or have been merged before. The second is None when
    there is none, or it is being completed at this moment. Raises CartNotFound, CartCompleted.
    """
    newest = _open_carts(customer_id).exclude(pk=cart_id).order_by("-pk").values("pk")[:1]
    rows = Cart.objects.select_related("shipping_method").select_for_update(of=("self",))
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
    carts = _open_carts(customer_id).select_related("shipping_method")
    cart = carts.order_by("-pk").first()
    if cart is None:
        raise CartNotFound
    return detail_of(cart)


def lines_of(*, cart_ids: Collection[UUID]) -> list[CartLine]:
    """The lines of these carts, oldest first. One statement."""
    return list(CartLine.objects.filter(cart_id__in=cart_ids).order_by("id"))


def _open_carts(customer_id: UUID) -> "QuerySet[Cart]":
    return Cart.objects.filter(
        customer_id=customer_id, completed_at__isnull=True, merged_into__isnull=True
    )


def cart_for_completion(*, cart_id: UUID, caller: Caller) -> Cart:
    """The cart, locked, completed or not. Raises CartNotFound."""
    return _found(cart_id, caller, lock=True)


def cart_detail(*, cart_id: UUID, caller: Caller) -> CartDetail:
    """The cart with lines and totals, priced as of now. Raises CartNotFound."""
    return detail_of(_found(cart_id, caller, lock=False))


def detail_of(cart: Cart) -> CartDetail:
    """Lines, variants, shipping and settings: four statements, however many lines."""
    rows = CartLine.objects.filter(cart_id=cart.pk).order_by("id")
    lines = _line_details(list(rows))
    method = cart.shipping_method
    choice = None
    if method is not None:
        choice = ShippingChoice(method.pk, method.code, method.name, method.amount)
    settings = shop.shop_settings()
    totals = compute_totals(
        [PricedLine(line.quantity, line.unit_price, line.taxable) for line in lines],
        shipping=choice.amount if choice else 0,
        rule=TaxRule(settings.tax_rate_bp, settings.prices_include_tax),
    )
    return CartDetail(
        id=cart.pk,
        customer_id=cart.customer_id,
        currency=cart.currency,
        email=cart.email,
        shipping_address=cart.shipping_address,
        billing_address=cart.billing_address,
        shipping_method=choice,
        metadata=cart.metadata,
        version=cart.version,
        is_completed=cart.completed_at is not None,
        lines=lines,
        totals=totals,
        prices_include_tax=settings.prices_include_tax,
        tax_rate_bp=settings.tax_rate_bp,
    )


def _found(cart_id: UUID, caller: Caller, *, lock: bool) -> Cart:
    carts = Cart.objects.select_related("shipping_method").filter(merged_into__isnull=True)
    if lock:
        carts = carts.select_for_update(of=("self",))
    cart = carts.filter(pk=cart_id).first()
    if cart is None or not _may_open(cart, caller):
        raise CartNotFound
    return cart


def _may_open(cart: Cart, caller: Caller) -> bool:
    """CART-005: a customer's cart by that customer only, a guest's by its token only."""
    if cart.customer_id is not None:
        return cart.customer_id == caller.customer_id
    return token_opens("cart", cart.pk, caller.token)


def _line_details(rows: list[CartLine]) -> tuple[LineDetail, ...]:
    variants = catalog.sellable_variants(variant_ids=[row.variant_id for row in rows])
    return tuple(
        LineDetail(
            id=row.pk,
            variant_id=row.variant_id,
            product_id=variants[row.variant_id].product_id,
            sku=variants[row.variant_id].sku,
            product_title=variants[row.variant_id].product_title,
            variant_title=variants[row.variant_id].title,
            quantity=row.quantity,
            unit_price=variants[row.variant_id].price_amount,
            unit_price_when_added=row.unit_price_amount,
            requires_shipping=variants[row.variant_id].requires_shipping,
            taxable=variants[row.variant_id].taxable,
            is_for_sale=variants[row.variant_id].is_for_sale,
        )
        for row in rows
    )
