"""The one shape of errors in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from apps.shared.api.openapi import Answer
from apps.shared.api.problems import CONTENT_TYPE, problem


class FieldProblem(Answer):
    """One field that is not valid."""

    pointer = serializers.CharField(help_text="RFC 6901, into the request's body.")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(Answer):
    """An error (RFC 9457). Some codes carry further members; docs/errors.md lists them."""

    type = serializers.CharField(help_text="A URN that ends with the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people; may change.")
    instance = serializers.CharField(help_text="The path that was asked for.")
    code = serializers.CharField(help_text="For programs; stable.")
    request_id = serializers.CharField(help_text="Quote it when you ask for help.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]


def problem_answer(
    status: int, meanings: dict[str, str], *, reference: dict[str, Any]
) -> dict[str, Any]:
    """The response object of a status: its codes with their meanings, and an example.

    `reference` points at the component made of Problem.
    """
    return {
        "description": "\n".join(f"- `{code}`: {text}" for code, text in meanings.items()),
        "headers": _headers(status),
        "content": {CONTENT_TYPE: {"schema": reference, "example": _example(status, meanings)}},
        "x-codes": list(meanings),
    }


def _example(status: int, meanings: dict[str, str]) -> dict[str, Any]:
    """What the last code looks like: business errors come after those of any request."""
    code, meaning = list(meanings.items())[-1]
    return {
        **problem(status, code, meaning, instance="/api/v1/…"),
        "request_id": "req_0197c2a4e1f07d3c9a5b6e8f10213243",
    }


def _headers(status: int) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    headers: dict[str, Any] = {"Request-Id": {**text, "required": True}}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {**text, "required": True}
    if status in (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = {**text, "description": "Seconds."}
    return headers
