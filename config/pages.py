"""What only pages need, the admin's above all: sessions, users, messages, static files.

The API knows its callers by headers and keeps no session (docs/adr/0019-two-kinds-of-requests.md);
passing it by costs nothing. Security headers are for both and not here.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class _OnPages:
    """Lets requests to the API pass untouched."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request):
            return self.get_response(request)  # type: ignore[attr-defined]
        return super().__call__(request)  # type: ignore[misc]


def is_api(request: HttpRequest) -> bool:
    """Whether it is the API's address."""
    return request.path_info.startswith("/api/")


class StaticFiles(_OnPages, WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise."""


class Sessions(_OnPages, SessionMiddleware):
    """`request.session`."""


class Users(_OnPages, AuthenticationMiddleware):
    """`request.user`, of the session."""


class Messages(_OnPages, MessageMiddleware):
    """What the admin says on the next page."""
