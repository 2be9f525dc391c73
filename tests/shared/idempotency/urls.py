"""A view whose effects can be counted, for the tests of Idempotency-Key."""

import threading
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.response import Response

from apps.shared import clock, errors
from apps.shared.api.views import ApiView
from apps.shared.db import owns_transaction
from apps.shared.idempotency.keyed_request import Policy
from apps.shared.outbox.models import DomainEvent

# A request whose body says "wait" tells that it has begun, and goes on when it may.
begun, may_end = threading.Event(), threading.Event()


@owns_transaction
def write_effect() -> None:
    """One row for each time that a request has really acted."""
    DomainEvent.objects.create(
        name="effect",
        version=1,
        aggregate_type="effect",
        aggregate_id=uuid4().hex,
        sequence=1,
        payload={},
        occurred_at=clock.now(),
    )


def effects() -> int:
    return DomainEvent.objects.filter(name="effect").count()


REFUSALS: dict[str, Exception] = {
    "conflict": errors.Conflict("sold out", available=3),
    "rejected": errors.Rejected("no"),
    "missing": errors.NotFound("no"),
    "malformed": errors.Malformed("no"),
    "unauthenticated": errors.Unauthenticated("no"),
    "unavailable": errors.Unavailable("later"),
    "invalid": drf.ValidationError({"quantity": ["wrong"]}),
    "throttled": drf.Throttled(wait=7),
    "crash": RuntimeError("broken"),
}


class Effect(ApiView):
    """Writes an effect and answers with a number that is never the same."""

    def post(self, request: Request, **_: Any) -> HttpResponse:
        write_effect()
        order = request.data.get("do") if isinstance(request.data, dict) else None
        if order in ("wait", "wait and break"):
            begun.set()
            may_end.wait(timeout=20)
        if order == "wait and break":
            raise errors.Unavailable
        if order in REFUSALS:
            raise REFUSALS[order]
        if order == "answer 503":
            return Response({"random": uuid4().hex}, status=503)
        headers = {"ETag": '"1"', "Location": "/somewhere", "X-Own": "not kept"}
        return Response({"random": uuid4().hex}, status=201, headers=headers)

    patch = put = delete = post

    def get(self, request: Request, **_: Any) -> Response:
        write_effect()
        return Response({"random": uuid4().hex})


class RequiredEffect(Effect):
    idempotency = dict.fromkeys(("POST", "PATCH", "PUT", "DELETE"), Policy.REQUIRED)


class PhasedEffect(Effect):
    idempotency = dict.fromkeys(("POST", "PATCH", "PUT", "DELETE"), Policy.PHASED)


urlpatterns = [
    path("effect", Effect.as_view()),
    path("effect/<str:name>", Effect.as_view()),
    path("required", RequiredEffect.as_view()),
    path("phased", PhasedEffect.as_view()),
]
handler404 = "apps.shared.api.problems.page_not_found"
handler500 = "apps.shared.api.problems.server_error"
