"""Financial orders made by the services, as checkout makes them."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from apps.finance import services
from apps.finance.dto import InvoiceContent
from apps.shared.ids import new_id

from .samples import content

NOW = datetime(2026, 3, 4, 10, 5, tzinfo=UTC)


def lock(order_id: UUID | None = None, *, told: InvoiceContent | None = None) -> UUID:
    """Lock the totals of a new order; returns its id."""
    order_id, told = order_id or new_id(), told or content()
    with transaction.atomic():
        services.lock_financial_order(
            order_id=order_id,
            currency=told.currency,
            subtotal_amount=told.subtotal_amount,
            discount_amount=told.discount_amount,
            shipping_amount=told.shipping_amount,
            tax_amount=told.tax_amount,
            total_amount=told.total_amount,
            content=told.to_json(),
            now=NOW,
        )
    return order_id


def pay(order_id: UUID, *, amount: int = 3240, currency: str = "USD") -> UUID:
    """Book the order's payment; returns the intent's id."""
    intent = new_id()
    with transaction.atomic():
        services.record_payment(
            order_id=order_id, payment_intent_id=intent, amount=amount, currency=currency, now=NOW
        )
    return intent


def paid_order(told: InvoiceContent | None = None) -> UUID:
    """Lock and pay; returns the order's id."""
    told = told or content()
    order_id = lock(told=told)
    pay(order_id, amount=told.total_amount, currency=told.currency)
    return order_id


def issued_invoice(told: InvoiceContent | None = None) -> UUID:
    """Lock, pay, issue; returns the invoice's id."""
    return services.issue_invoice(order_id=paid_order(told), now=NOW)


def stored_invoice(told: InvoiceContent | None = None) -> UUID:
    """An invoice with its PDF in place; returns its id."""
    invoice_id = issued_invoice(told)
    services.store_invoice_document(invoice_id=invoice_id, now=NOW)
    return invoice_id
