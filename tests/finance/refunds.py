"""Refunds as the refunds app books them."""

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.finance import services
from apps.finance.dto import CreditedLine, CreditNoteContent
from apps.finance.models import CreditNote
from apps.shared.ids import new_id

from .orders import NOW


def refund_content(**changes: Any) -> CreditNoteContent:
    """One of the two mugs with its tax, and half of the shipping: 13.50 + 2.70 = 16.20."""
    usual: dict[str, Any] = {
        "lines": (
            CreditedLine(
                sku="MUG-BL",
                title="Stoneware mug",
                variant_title="Blue / 300 ml",
                quantity=1,
                amount=1350,
                tax_amount=100,
            ),
        ),
        "shipping_amount": 270,
        "shipping_tax_amount": 20,
        "other_amount": 0,
        "tax_amount": 120,
        "total_amount": 1620,
    }
    return CreditNoteContent(**{**usual, **changes})


def plain(amount: int) -> CreditNoteContent:
    """An amount without goods and without tax."""
    return refund_content(
        lines=(),
        shipping_amount=0,
        shipping_tax_amount=0,
        other_amount=amount,
        tax_amount=0,
        total_amount=amount,
    )


def book(
    order_id: UUID,
    refund_id: UUID | None = None,
    *,
    told: CreditNoteContent | None = None,
    amount: int | None = None,
    currency: str = "USD",
) -> UUID:
    """Book one refund; returns its id."""
    refund_id, told = refund_id or new_id(), told or refund_content()
    with transaction.atomic():
        services.record_refund(
            order_id=order_id,
            refund_id=refund_id,
            amount=told.total_amount if amount is None else amount,
            currency=currency,
            content=told,
            now=NOW,
        )
    return refund_id


def reverse(order_id: UUID, refund_id: UUID) -> None:
    with transaction.atomic():
        services.reverse_refund_booking(order_id=order_id, refund_id=refund_id, now=NOW)


def note_of(refund_id: UUID) -> CreditNote:
    return CreditNote.objects.get(refund_id=refund_id)
