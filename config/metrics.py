"""`/metrics`: what Prometheus asks for. On the platform's host only, with its own token."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from apps.shared import metrics as shared
from apps.shared.api.problems import problem_response, unknown_address


def metrics(request: HttpRequest) -> HttpResponse:
    """Nothing to see (404) until METRICS_TOKEN is set; then for who bears it."""
    if not settings.METRICS_TOKEN or request.method not in ("GET", "HEAD"):
        return unknown_address(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token, settings.METRICS_TOKEN):
        refusal = problem_response(
            request, 401, "not_authenticated", "This needs credentials, and there are none."
        )
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    answer = HttpResponse(shared.exposition(), content_type=shared.CONTENT_TYPE)
    answer["Cache-Control"] = "no-store"
    return answer
