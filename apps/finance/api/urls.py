from django.urls import path

from . import credit_notes, views

urlpatterns = [
    path(
        "orders/<ord:order_id>/invoice",
        views.InvoiceOfOrder.as_view(),
        name="order-invoice",
    ),
    path(
        "orders/<ord:order_id>/invoice/document",
        views.InvoiceDocumentOfOrder.as_view(),
        name="order-invoice-document",
    ),
    path(
        "orders/<ord:order_id>/credit-notes",
        credit_notes.CreditNotesOfOrder.as_view(),
        name="order-credit-notes",
    ),
    path(
        "orders/<ord:order_id>/credit-notes/<crn:credit_note_id>/document",
        credit_notes.CreditNoteDocumentOfOrder.as_view(),
        name="order-credit-note-document",
    ),
]
