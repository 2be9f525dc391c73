from uuid import UUID

from apps.finance.events import CreditNoteDocumentStored, InvoiceDocumentStored
from apps.notifications import services
from apps.notifications.events import MessageQueued
from apps.shared import clock
from apps.shared.events import subscribe
from apps.staff.events import PasswordLinkRequested


@subscribe(InvoiceDocumentStored)
def queue_order_confirmation(event: InvoiceDocumentStored) -> None:
    services.queue_order_confirmation(order_id=UUID(event.order_id), now=clock.now())


@subscribe(CreditNoteDocumentStored)
def queue_refund_confirmation(event: CreditNoteDocumentStored) -> None:
    services.queue_refund_confirmation(credit_note_id=UUID(event.credit_note_id), now=clock.now())


@subscribe(PasswordLinkRequested)
def queue_password_link(event: PasswordLinkRequested) -> None:
    services.queue_password_link(
        link_id=UUID(event.link_id),
        email=event.email,
        is_invitation=event.is_invitation,
        now=clock.now(),
    )


@subscribe(MessageQueued, outside=True)
def send_queued_message(event: MessageQueued, *, key: str) -> None:
    services.send_message(message_id=UUID(event.message_id), now=clock.now())
