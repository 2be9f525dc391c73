from datetime import datetime
from typing import Any
from uuid import UUID

from apps.finance import selectors as finance
from apps.finance.dto import IssuedCreditNote
from apps.notifications.dto import Attachment
from apps.notifications.services._queue_message import queue_message
from apps.shared.db import owns_transaction
from apps.shared.localised import money_text
from apps.shared.money import Money
from apps.shared.text import one_line

KIND = "refund_confirmation"


@owns_transaction
def queue_refund_confirmation(*, credit_note_id: UUID, now: datetime) -> UUID:
    """Tell the buyer that money was given back, once per credit note; a repetition returns the
    first one.

    All it says, and the attached PDF, come from the credit note. It is issued when the provider
    has given the money back, and refunds go back the way the money came.

    Raises CreditNoteNotFound.
    """
    note = finance.issued_credit_note(credit_note_id=credit_note_id)
    return queue_message(
        kind=KIND,
        about=credit_note_id,
        recipient=note.document.credited.buyer.email,
        context=_context(note),
        attachment=Attachment(
            path=note.document_path, name=f"{note.number}.pdf", mimetype="application/pdf"
        ),
        now=now,
    )


def _context(note: IssuedCreditNote) -> dict[str, Any]:
    """Everything that others typed is on one line: it cannot pose as a part of the mail."""
    credited, language = note.document.credited, note.document.language

    def money(amount: int) -> str:
        return money_text(Money(amount, credited.currency), language=language)

    return {
        "shop_name": one_line(note.document.seller.name),
        "buyer_name": one_line(credited.buyer.name),
        "order_number": credited.order_number,
        "credit_note_number": note.number,
        "total": money(credited.total_amount),
        "lines": [
            {
                "quantity": line.quantity,
                "title": one_line(line.title),
                "variant_title": one_line(line.variant_title),
            }
            for line in credited.lines
            if line.sku
        ],
    }
