"""`/api/v1/openapi.json`, and `/api/v1/docs`, which shows it without asking any other server."""

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.shared.api.views import ApiView
from config.reference.documents import document_bytes

_NOTHING_FOREIGN = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class OpenApiDocument(ApiView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The document of the host that is asked."""
        urlconf = str(request._request.urlconf)
        return HttpResponse(document_bytes(urlconf), content_type="application/json")


class ReferencePage(ApiView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The document, readable, with a form to try each operation on this very host."""
        page = render(request._request, "reference/page.html")
        page["Content-Security-Policy"] = _NOTHING_FOREIGN
        return page
