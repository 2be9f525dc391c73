import hashlib
import logging
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from apps.finance import selectors as finance
from apps.finance.dto import IssuedInvoice
from apps.notifications.events import MessageQueued
from apps.notifications.models import Message
from apps.shared.db import owns_transaction
from apps.shared.localised import money_text, percent_text
from apps.shared.money import Money
from apps.shared.outbox.emit import emit
from apps.shared.schema import current_schema
from apps.shared.text import one_line

logger = logging.getLogger(__name__)
KIND = "order_confirmation"
_LONGEST_SUBJECT = 255


@owns_transaction
def queue_order_confirmation(*, order_id: UUID, now: datetime) -> UUID:
    """Write the buyer's confirmation of a paid order, once; a repetition returns the first one.

    All it says, and the attached PDF, come from the order's invoice.

    Raises InvoiceNotFound.
    """
    dedupe_key = f"{KIND}:{order_id}"
    invoice = finance.invoice_of_order(order_id=order_id)
    row = Message(
        kind=KIND,
        dedupe_key=dedupe_key,
        recipient=invoice.document.order.buyer.email,
        provider_message_id=_message_id(dedupe_key),
        attachments=[
            {
                "path": invoice.document_path,
                "name": f"{invoice.number}.pdf",
                "mimetype": "application/pdf",
            }
        ],
        created_at=now,
        **_texts(invoice),
    )
    # Who comes second waits here for the first one's commit, then finds its row.
    Message.objects.bulk_create([row], ignore_conflicts=True)
    queued = Message.objects.get(dedupe_key=dedupe_key)
    if queued.pk == row.pk:
        emit(MessageQueued(message_id=str(row.pk), kind=KIND), now=now)
        logger.info("message.queued", extra={"message_id": row.public_id, "kind": KIND})
    return queued.pk


def _message_id(dedupe_key: str) -> str:
    """The same for every attempt, and for no other message of any shop (RFC 5322, 3.6.4)."""
    digest = hashlib.sha256(f"{current_schema()}:{dedupe_key}".encode()).hexdigest()
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{digest[:40]}@{address.rpartition('@')[2]}>"


def _texts(invoice: IssuedInvoice) -> dict[str, str]:
    context = _context(invoice)

    def render(suffix: str) -> str:
        return render_to_string(f"notifications/{KIND}.{suffix}", context)

    return {
        "subject": one_line(render("subject"))[:_LONGEST_SUBJECT],
        "body_text": render("txt"),
        "body_html": render("html"),
    }


def _context(invoice: IssuedInvoice) -> dict[str, Any]:
    """Everything that others typed is on one line: it cannot pose as a part of the mail."""
    order, language = invoice.document.order, invoice.document.language

    def money(amount: int) -> str:
        return money_text(Money(amount, order.currency), language=language)

    rate = percent_text(order.tax_rate_bp, language=language)
    sums = [
        ("Subtotal", order.subtotal_amount, True),
        ("Discount", -order.discount_amount, bool(order.discount_amount)),
        ("Shipping", order.shipping_amount, bool(order.shipping.name or order.shipping_amount)),
        (f"Tax ({rate})", order.tax_amount, bool(order.tax_amount)),
    ]
    return {
        "shop_name": one_line(invoice.document.seller.name),
        "buyer_name": one_line(order.buyer.name),
        "order_number": order.order_number,
        "invoice_number": invoice.number,
        "lines": [
            {
                "quantity": line.quantity,
                "title": one_line(line.title),
                "variant_title": one_line(line.variant_title),
                "total": money(line.total_amount),
            }
            for line in order.lines
        ],
        "sums": [(label, money(amount)) for label, amount, shown in sums if shown],
        "total": money(order.total_amount),
        "included_tax": money(order.included_tax_amount) if order.included_tax_amount else "",
    }
