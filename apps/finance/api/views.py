"""Invoices, for those who paid."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.finance import services
from apps.finance.dto import IssuedInvoice
from apps.finance.errors import (
    InvoiceDocumentNotReady,
    InvoiceDocumentUnavailable,
    InvoiceNotFound,
)
from apps.shared.api.fields import MoneyOutput
from apps.shared.api.openapi import ORDER_TOKEN, Answer, ConstantField, operation
from apps.shared.api.views import ApiView
from apps.shared.ids import public_id

from .access import invoice_for_caller

PDF = "application/pdf"
_PDF_ANSWER: Any = {(200, PDF): OpenApiTypes.BINARY}


class InvoiceAnswer(Answer):
    """An issued invoice; it never changes."""

    object = ConstantField("invoice")
    id = serializers.CharField(help_text="inv_…")
    number = serializers.CharField(help_text="Counts per shop and year, without gaps.")
    total = MoneyOutput()
    issued_at = serializers.DateTimeField()
    document_url = serializers.URLField(
        allow_null=True, help_text="The PDF; null while it is being made."
    )


def invoice_json(invoice: IssuedInvoice, request: Request) -> dict[str, Any]:
    """The API's shape of an invoice."""
    path = reverse("order-invoice-document", args=[invoice.order_id])
    return {
        "object": "invoice",
        "id": public_id("inv", invoice.id),
        "number": invoice.number,
        "total": invoice.total.as_json(),
        "issued_at": invoice.issued_at,
        "document_url": request.build_absolute_uri(path) if invoice.document_path else None,
    }


class InvoiceOfOrder(ApiView):
    @operation(
        "get_order_invoice",
        "The invoice of a paid order",
        tag="Orders",
        answers={200: InvoiceAnswer},
        headers=[ORDER_TOKEN],
        refusals=[InvoiceNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Issued within moments of the payment; until then there is none."""
        return Response(invoice_json(invoice_for_caller(request, order_id=order_id), request))


class InvoiceDocumentOfOrder(ApiView):
    @operation(
        "get_order_invoice_document",
        "The invoice as a PDF",
        tag="Orders",
        answers=_PDF_ANSWER,
        headers=[ORDER_TOKEN],
        refusals=[InvoiceNotFound, InvoiceDocumentNotReady, InvoiceDocumentUnavailable],
    )
    def get(self, request: Request, order_id: UUID) -> HttpResponse:
        """Not to be kept by caches on the way."""
        invoice = invoice_for_caller(request, order_id=order_id)
        return HttpResponse(
            services.fetch_invoice_document(invoice_id=invoice.id),
            content_type=PDF,
            headers={
                "Content-Disposition": f'attachment; filename="{invoice.number}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )
