"""What views say about themselves for the OpenAPI document.

One decorator on the method is enough:

    @operation(
        "add_cart_line",
        "Put a variant into a cart",
        tag="Carts",
        request=Input,
        answers={200: CartAnswer},
        headers=[CART_TOKEN],
        refusals=[CartNotFound, CartCompleted, VariantNotFound, InsufficientStock],
    )
    def post(self, request: Request, cart_id: UUID) -> Response: ...

`Idempotency-Key`, `Request-Id`, and the answers that any endpoint may give (400, 403, 404, 413,
415, 500, 503, and 401 where there is an authentication class) are added by themselves; see
apps.shared.api.schema. Every answer in the test suite is checked against the outcome.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from apps.shared.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from apps.shared.errors import DomainError

F = TypeVar("F", bound=Callable[..., Any])


class Answer(serializers.Serializer[Any]):
    """The shape of an answer; it documents, and nothing is ever serialized through it."""


class ConstantField(serializers.Field[str, str, str, Any]):
    """A member that always has this value, such as `object`."""

    def __init__(self, value: str) -> None:
        self.value = value
        super().__init__()


@dataclass(frozen=True)
class Described:
    """What `operation` left on a method for apps.shared.api.schema."""

    refusals: tuple[type[DomainError], ...]
    has_etag: bool
    has_query: bool


def operation(
    name: str,
    summary: str,
    *,
    tag: str,
    answers: Mapping[int, Any],
    request: Any = None,
    headers: Sequence[OpenApiParameter] = (),
    query: Sequence[OpenApiParameter] = (),
    refusals: Sequence[type[DomainError]] = (),
    has_etag: bool = False,
) -> Callable[[F], F]:
    """Describe one method of a view. The method's docstring becomes the description.

    `name` is the operation's id: generated clients call their functions so, and it never changes.
    `answers` maps status to Answer class (None: no body), `refusals` are the business errors that
    the caller may meet, `has_etag` says that answers carry a strong ETag (a GET then honours
    If-None-Match).
    """

    def describe(method: F) -> F:
        method.described = Described(tuple(refusals), has_etag, bool(query))  # type: ignore[attr-defined]
        decorate = extend_schema(
            operation_id=name,
            summary=summary,
            tags=[tag],
            request=request,
            responses=dict(answers),
            parameters=[*headers, *query],
        )
        decorated: F = decorate(method)
        return decorated

    return describe


def header(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    """A request header."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, required=required, description=description
    )


def parameter(name: str, description: str, **schema: Any) -> OpenApiParameter:
    """A query parameter; `schema` is JSON Schema, a string by default."""
    whole = {"type": "string", **schema}
    return OpenApiParameter(name, whole, OpenApiParameter.QUERY, description=description)


def list_of(item: type[Answer]) -> type[Answer]:
    """The list object around `item`, as apps.shared.api.pagination.list_response makes it."""
    name = item.__name__.removesuffix("Answer")
    members = {
        "__doc__": "A page; `next_cursor` leads to the next one.",
        "object": ConstantField("list"),
        "data": item(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(allow_null=True),
    }
    return type(f"{name}ListAnswer", (Answer,), members)


CART_TOKEN = header("Cart-Token", "Opens a guest's cart; given when the cart was made.")
ORDER_TOKEN = header("Order-Token", "Opens a guest's order; given when the order was made.")
IF_MATCH = header("If-Match", "The ETag that the caller has seen; a stale one is answered 412.")
LIMIT = parameter(
    "limit",
    "How many at most.",
    type="integer",
    minimum=1,
    maximum=MAX_LIMIT,
    default=DEFAULT_LIMIT,
)
CURSOR = parameter("cursor", "`next_cursor` of the page before; good for the same filters only.")
