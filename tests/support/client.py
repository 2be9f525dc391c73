"""A storefront's view of the API, for tests."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from apps.shared.schema import current_schema, use_schema
from tests.support import contract


class ShopClient:
    """Sends JSON to one host. Unsafe calls carry a fresh Idempotency-Key unless one is given."""

    def __init__(self, host: str, **headers: str) -> None:
        self.host = host
        self.headers = headers
        self._client = Client(raise_request_exception=False)

    def with_headers(self, **headers: str) -> "ShopClient":
        """The same client with more headers, e.g. `cart_token="…"` for `Cart-Token`."""
        return ShopClient(self.host, **{**self.headers, **headers})

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Any method; `body` may be bytes, and `content_type="…"` another one than JSON's."""
        return self._send(method, path, body, headers)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self._send("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("POST", path, {} if body is None else body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self._send("PATCH", path, body, headers)

    def put(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self._send("PUT", path, body, headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self._send("DELETE", path, None, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        all_headers = {**self.headers, **headers}
        if method != "GET":
            all_headers.setdefault("idempotency_key", str(uuid4()))
        named = {name.replace("_", "-"): value for name, value in all_headers.items() if value}
        # The request ends in the public schema, as it should; the test goes on in its own.
        path = path if path.startswith("/") else f"/api/v1/{path}"
        content_type = named.pop("content-type", "application/json")
        with use_schema(current_schema()):
            response: HttpResponse = self._client.generic(  # type: ignore[assignment]
                method,
                path,
                data=b"" if body is None else _encode(body),
                content_type=content_type,
                headers={**named, "host": self.host},
            )
        if path.startswith("/api/v1/"):
            contract.check(method, path, response)
        return response


def _encode(body: Any) -> bytes:
    import json

    return body if isinstance(body, bytes) else json.dumps(body).encode()
