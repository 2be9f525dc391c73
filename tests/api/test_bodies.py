"""F3: whatever is sent as a body is answered with a problem, and nothing breaks or is written."""

import json

import pytest

from apps.customers.models import Customer
from tests.support.client import ShopClient

MIB = 1024 * 1024
GOOD = {"email": "ann@example.com", "password": "correct horse", "name": "Ann"}


def with_email(raw: str) -> bytes:
    """A sign-up whose email is this piece of JSON."""
    return b'{"password": "correct horse", "email": ' + raw.encode() + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"'single'",
        b'{"email": undefined}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"email": "\xe9"}',
        b'{"a": 1,}',
        b"{} {}",
        b"/* comment */ {}",
        with_email('"a\\u0000b@example.com"'),
        with_email('"a\x00b@example.com"'),
        with_email('"\\ud800@example.com"'),
        with_email('"a@example.com", "email": "b@example.com"'),
        with_email("NaN"),
        with_email("-Infinity"),
        with_email("9" * 5000),
        with_email(str(2**64)),
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 500 + b"]" * 500,
    ],
)
def test_what_is_not_strict_json_is_a_parse_error(client_a: ShopClient, body: bytes) -> None:
    response = client_a.send("POST", "customers", body)

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")
    assert Customer.objects.count() == 0


def test_the_reason_is_told_without_python_in_it(client_a: ShopClient) -> None:
    details = [
        client_a.send("POST", "customers", body).json()["detail"]
        for body in (b'{"a": tru}', b"\xff", b'{"a":1,"a":2}', with_email("9" * 5000))
    ]

    assert details == [
        "The body is not valid JSON: Expecting value at line 1, column 7.",
        "The body is not valid JSON: it is not UTF-8.",
        "The body is not valid JSON: an object names a key twice.",
        "The body is not valid JSON: it holds a number or a text that cannot be kept.",
    ]


@pytest.mark.parametrize("body", [[], "text", 1, None, True, [[]]])
def test_json_that_is_no_object_is_an_invalid_request(client_a: ShopClient, body: object) -> None:
    response = client_a.send("POST", "customers", json.dumps(body).encode())

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("size", [MIB + 1, 10 * MIB])
def test_a_body_over_a_mebibyte_is_refused_unread(client_a: ShopClient, size: int) -> None:
    response = client_a.send("POST", "customers", with_email(f'"{"a" * size}"'))

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert Customer.objects.count() == 0


def test_a_long_body_within_the_limit_is_read(client_a: ShopClient) -> None:
    padded = json.dumps(GOOD).encode().ljust(MIB)

    assert client_a.send("POST", "customers", padded).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "nonsense",
        "",
    ],
)
def test_another_content_type_is_a_415(client_a: ShopClient, content_type: str) -> None:
    body = json.dumps(GOOD).encode()

    response = client_a.send("POST", "customers", body, content_type=content_type or " ")

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert Customer.objects.count() == 0


def test_json_with_a_charset_is_json(client_a: ShopClient) -> None:
    response = client_a.send("POST", "customers", GOOD, content_type="application/json;charset=x")

    assert response.status_code == 201


def test_an_empty_body_is_an_empty_object(client_a: ShopClient) -> None:
    response = client_a.send("POST", "customers")

    pointers = [one["pointer"] for one in response.json()["errors"]]
    assert (response.status_code, pointers) == (400, ["/email", "/password"])


@pytest.mark.parametrize("name", ["price", "status", "tenant", "is_staff", "is_active", "id"])
def test_a_field_that_is_not_taken_is_refused_by_name(client_a: ShopClient, name: str) -> None:
    response = client_a.post("customers", {**GOOD, name: True})

    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"]) == (400, f"/{name}")
    assert Customer.objects.count() == 0


def test_the_pointer_to_the_whole_body_is_empty(client_a: ShopClient) -> None:
    """RFC 6901, section 5: "/" would be the field whose name is empty."""
    response = client_a.post("customers", [GOOD])

    assert response.status_code == 400
    assert [one["pointer"] for one in response.json()["errors"]] == [""]


def test_pointers_escape_what_rfc_6901_says(client_a: ShopClient) -> None:
    response = client_a.post("customers", {**GOOD, "a/b~c": 1})

    assert [one["pointer"] for one in response.json()["errors"]] == ["/a~1b~0c"]


@pytest.mark.parametrize(
    "value",
    [1, True, None, [], {}, "", "a" * 250 + "@example.com", "no-at", "a@b", "a\n@b.example"],
)
def test_an_email_is_a_string_that_is_an_address(client_a: ShopClient, value: object) -> None:
    response = client_a.post("customers", {**GOOD, "email": value})

    [error] = response.json()["errors"]
    assert (response.status_code, error["pointer"]) == (400, "/email")
