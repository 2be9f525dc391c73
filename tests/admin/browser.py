"""A person with a browser, for tests of the admins."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.shared.schema import PUBLIC, current_schema, use_schema
from apps.staff.models import User
from tests.support.shops import TestShop


class Browser:
    """Speaks to one host and keeps its cookies."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **data: Any) -> HttpResponse:
        return self._send(lambda: self.client.get(path, data, headers={"host": self.host}))

    def post(self, path: str, data: Any = None, *, follow: bool = False) -> HttpResponse:
        answer = self._send(lambda: self.client.post(path, data or {}, headers={"host": self.host}))
        if follow and answer.status_code == 302:
            return self.get(urlsplit(answer["Location"]).path)
        return answer

    def queries(self, path: str, **data: Any) -> list[str]:
        """The statements that a page costs."""
        with CaptureQueriesContext(connection) as captured:
            answer = self.get(path, **data)
        assert answer.status_code == 200, (path, answer.status_code)
        return [one["sql"] for one in captured.captured_queries]

    def _send(self, send: Any) -> Any:
        # The request ends in the public schema, as it should; the test goes on in its own.
        with use_schema(current_schema()):
            return send()


def staff_of(shop: TestShop, *roles: str, email: str = "", **fields: Any) -> User:
    """Someone new with these roles, password "password-of-theirs"."""
    with use_schema(shop.schema):
        person = User.objects.create_user(
            email or f"{'-'.join(roles) or 'nobody'}@staff.example",
            "password-of-theirs",
            is_staff=True,
            **fields,
        )
        person.groups.set(Group.objects.filter(name__in=roles))
    return person


def signed_in(host: str, person: User) -> Browser:
    """A browser in which the person is signed in. Call it in the schema of the host."""
    browser = Browser(host)
    browser.client.force_login(person)
    return browser


def owner_of(shop: TestShop) -> Browser:
    """The owner that the shop was made with, signed in."""
    with use_schema(shop.schema):
        return signed_in(shop.domain, User.objects.get(email=shop.owner_email))


def platform_operator() -> Browser:
    """A superuser of the platform, signed in."""
    with use_schema(PUBLIC):
        person = User.objects.create_superuser("operator@platform.example", "password-of-theirs")
        return signed_in(settings.PLATFORM_DOMAIN, person)


class _Form(HTMLParser):
    """The values that a browser would send from the page's forms."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self._select: tuple[str, bool] | None = None
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        name = at.get("name") or ""
        if tag == "input" and name and at.get("type") not in ("submit", "button"):
            ticked = at.get("type") not in ("checkbox", "radio") or "checked" in at
            if ticked and at.get("type") == "checkbox":
                self.values.setdefault(name, []).append(at.get("value") or "on")
            elif ticked:
                self.values[name] = at.get("value") or ""
        elif tag == "select":
            self._select = (name, "multiple" in at)
        elif tag == "option" and self._select and "selected" in at:
            field, is_multiple = self._select
            if is_multiple:
                self.values.setdefault(field, []).append(at.get("value") or "")
            else:
                self.values[field] = at.get("value") or ""
        elif tag == "textarea":
            self._textarea = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data.removeprefix("\r\n")


def form_of(answer: HttpResponse) -> dict[str, Any]:
    """What the page's form would send if nobody touched it."""
    form = _Form()
    form.feed(answer.content.decode())
    return {name: value for name, value in form.values.items() if "__prefix__" not in name}
