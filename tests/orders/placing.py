"""Orders made by the services, as checkout makes them, and what must be true of them."""

from datetime import UTC, datetime

from apps.catalog.models import Variant
from apps.checkout import services as checkout
from apps.finance import services as finance
from apps.finance.dto import InvoiceBuyer, InvoiceContent, InvoiceLine, InvoiceShipping
from apps.finance.models import FinancialTransaction
from apps.inventory import services as inventory
from apps.inventory.models import Reservation
from apps.inventory.services import Demand
from apps.orders import services as orders
from apps.orders.dto import NewLine, NewOrder
from apps.orders.models import Order
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@owns_transaction
def place(*goods: tuple[Variant, int], now: datetime = NOW) -> Order:
    """An order of these goods with its stock, books and wish for money; nothing is paid."""
    new = _new_order(goods)
    demands = [Demand(one.id, one.product_id, one.variant_id, one.quantity) for one in new.lines]
    inventory.reserve_stock(order_id=new.id, demands=demands, now=now)
    order = orders.place_order(new=new, now=now)
    finance.lock_financial_order(
        order_id=order.pk,
        currency=order.currency,
        subtotal_amount=order.subtotal_amount,
        discount_amount=0,
        shipping_amount=0,
        tax_amount=0,
        total_amount=order.total_amount,
        content=_invoice_content(order, goods).to_json(),
        now=now,
    )
    payment_services.open_intent(
        order_id=order.pk,
        provider="stripe",
        amount=order.total_amount,
        currency=order.currency,
        now=now,
    )
    return order


def paid(*goods: tuple[Variant, int]) -> Order:
    """An order whose payment succeeded and was settled."""
    order = place(*goods)
    tell(order)
    settle(order)
    return Order.objects.get(pk=order.pk)


def intent_of(order: Order) -> PaymentIntent:
    """The newest payment of an order."""
    return PaymentIntent.objects.filter(order_id=order.pk).latest("id")


@owns_transaction
def tell(
    order: Order, state: ProviderState = ProviderState.SUCCEEDED, *, now: datetime = NOW
) -> str:
    """A verified fact about the order's payment arrives."""
    intent = payments.intent_for_update(intent_id=intent_of(order).pk)
    fact = ProviderIntent(
        reference=f"pi_{intent.pk.hex}",
        state=state,
        amount_received=intent.amount if state is ProviderState.SUCCEEDED else 0,
        currency=intent.currency,
    )
    return payment_services.apply_provider_intent(intent=intent, fact=fact, now=now)


@owns_transaction
def settle(order: Order, *, now: datetime = NOW) -> None:
    """What checkout does when it hears that the payment succeeded."""
    intent = intent_of(order)
    checkout.settle_payment(
        order_id=order.pk,
        payment_id=intent.pk,
        amount=intent.amount,
        currency=intent.currency,
        now=now,
    )


@owns_transaction
def await_payment(order: Order, *, now: datetime = NOW) -> None:
    """The provider knows of the payment."""
    orders.await_payment(order_id=order.pk, now=now)


def steps(order: Order) -> list[tuple[str, str, str]]:
    """The timeline: (step, source, target)."""
    return list(order.transitions.values_list("step", "source", "target"))


def held(order: Order) -> int:
    """How many pieces are still held for an order."""
    return sum(one.open_quantity for one in Reservation.objects.filter(order_id=order.pk))


def assert_one_outcome(order: Order) -> str:
    """An order was paid or was closed, and everything agrees on which; returns its status.

    ORDER-005, PAY-008: money for a closed order is flagged and not booked.
    """
    order.refresh_from_db()
    booked = FinancialTransaction.objects.filter(financial_order__order_id=order.pk).count()
    intent = intent_of(order)
    if order.status == "paid":
        assert (held(order) > 0, booked, intent.flag) == (True, 1, "")
        assert (order.closed, order.closed_at) == ("", None)
    else:
        assert order.status in ("cancelled", "failed")
        assert (held(order), booked) == (0, 0)
        assert order.paid_at is None
        assert intent.flag == ("order_not_payable" if intent.status == "succeeded" else "")
    return order.status


def _new_order(goods: tuple[tuple[Variant, int], ...]) -> NewOrder:
    subtotal = sum(variant.price_amount * quantity for variant, quantity in goods)
    return NewOrder(
        id=new_id(),
        cart_id=new_id(),
        customer_id=None,
        email="ada@shopper.example",
        currency="USD",
        subtotal_amount=subtotal,
        discount_amount=0,
        shipping_amount=0,
        tax_amount=0,
        included_tax_amount=0,
        total_amount=subtotal,
        shipping_method={},
        shipping_address=None,
        billing_address=None,
        metadata={},
        lines=tuple(
            NewLine(
                id=new_id(),
                product_id=variant.product_id,
                variant_id=variant.pk,
                sku=variant.sku,
                title=variant.product.title,
                variant_title=variant.title,
                requires_shipping=True,
                quantity=quantity,
                unit_price_amount=variant.price_amount,
                tax_amount=0,
            )
            for variant, quantity in goods
        ),
    )


def _invoice_content(order: Order, goods: tuple[tuple[Variant, int], ...]) -> InvoiceContent:
    return InvoiceContent(
        order_number=order.number,
        placed_at=order.placed_at.isoformat(),
        currency=order.currency,
        buyer=InvoiceBuyer(name="Ada", email=order.email, address=()),
        lines=tuple(
            InvoiceLine(
                sku=variant.sku,
                title=variant.product.title,
                variant_title=variant.title,
                quantity=quantity,
                unit_price_amount=variant.price_amount,
                tax_amount=0,
                total_amount=variant.price_amount * quantity,
            )
            for variant, quantity in goods
        ),
        shipping=InvoiceShipping(name="", amount=0),
        subtotal_amount=order.subtotal_amount,
        discount_amount=0,
        shipping_amount=0,
        tax_amount=0,
        total_amount=order.total_amount,
        prices_include_tax=True,
        tax_rate_bp=0,
        included_tax_amount=0,
    )
