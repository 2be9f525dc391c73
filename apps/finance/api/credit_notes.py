"""Credit notes, for those who got their money back."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.finance import services
from apps.finance.dto import IssuedCreditNote
from apps.finance.errors import (
    CreditNoteDocumentNotReady,
    CreditNoteDocumentUnavailable,
    CreditNoteNotFound,
)
from apps.shared.api.fields import MoneyOutput
from apps.shared.api.openapi import ORDER_TOKEN, Answer, ConstantField, list_of, operation
from apps.shared.api.views import ApiView
from apps.shared.ids import public_id

from .access import credit_note_for_caller, credit_notes_for_caller

PDF = "application/pdf"
_PDF_ANSWER: Any = {(200, PDF): OpenApiTypes.BINARY}


class CreditNoteAnswer(Answer):
    """An issued credit note; it never changes."""

    object = ConstantField("credit_note")
    id = serializers.CharField(help_text="crn_…")
    number = serializers.CharField(help_text="Counts per shop and year, without gaps.")
    refund = serializers.CharField(help_text="ref_…: the refund that it is of.")
    total = MoneyOutput()
    issued_at = serializers.DateTimeField()
    document_url = serializers.URLField(
        allow_null=True, help_text="The PDF; null while it is being made."
    )


def credit_note_json(note: IssuedCreditNote, request: Request) -> dict[str, Any]:
    """The API's shape of a credit note."""
    path = reverse("order-credit-note-document", args=[note.order_id, note.id])
    return {
        "object": "credit_note",
        "id": public_id("crn", note.id),
        "number": note.number,
        "refund": public_id("ref", note.refund_id),
        "total": note.total.as_json(),
        "issued_at": note.issued_at,
        "document_url": request.build_absolute_uri(path) if note.document_path else None,
    }


class CreditNotesOfOrder(ApiView):
    @operation(
        "list_order_credit_notes",
        "The credit notes of an order",
        tag="Orders",
        answers={200: list_of(CreditNoteAnswer)},
        headers=[ORDER_TOKEN],
        refusals=[CreditNoteNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """One for each refund that succeeded, oldest first."""
        notes = credit_notes_for_caller(request, order_id=order_id)
        data = [credit_note_json(one, request) for one in notes]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})


class CreditNoteDocumentOfOrder(ApiView):
    @operation(
        "get_order_credit_note_document",
        "A credit note as a PDF",
        tag="Orders",
        answers=_PDF_ANSWER,
        headers=[ORDER_TOKEN],
        refusals=[CreditNoteNotFound, CreditNoteDocumentNotReady, CreditNoteDocumentUnavailable],
    )
    def get(self, request: Request, order_id: UUID, credit_note_id: UUID) -> HttpResponse:
        """Not to be kept by caches on the way."""
        note = credit_note_for_caller(request, order_id=order_id, credit_note_id=credit_note_id)
        return HttpResponse(
            services.fetch_credit_note_document(credit_note_id=note.id),
            content_type=PDF,
            headers={
                "Content-Disposition": f'attachment; filename="{note.number}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )
