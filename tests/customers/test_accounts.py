"""Sign-up, login, logout and the customer's own page, over HTTP."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.customers import services
from apps.customers.models import Customer, CustomerToken
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.outbox.models import DomainEvent
from tests.support.client import ShopClient
from tests.support.shops import TestShop

NO_KEY = ""  # what the client sends as no header at all
ANN = {"email": "Ann@Example.com", "password": "correct horse", "name": "Ann Archer"}


def log_in(client: ShopClient, **changes: Any) -> dict[str, Any]:
    """The answer to Ann's login."""
    response = client.post(
        "customers/login", {"email": ANN["email"], "password": ANN["password"], **changes}
    )
    body: dict[str, Any] = response.json()
    assert response.status_code == 200, body
    return body


def signed_in(client: ShopClient) -> ShopClient:
    """The client of Ann, freshly signed up."""
    assert client.post("customers", ANN).status_code == 201
    return client.with_headers(authorization=f"Bearer {log_in(client)['token']}")


def test_sign_up_makes_an_account_and_tells_no_secret(client_a: ShopClient) -> None:
    response = client_a.post("customers", ANN)

    customer = Customer.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "object": "customer",
        "id": customer.public_id,
        "email": "Ann@Example.com",
        "name": "Ann Archer",
        "created_at": customer.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert response["Cache-Control"] == "no-store"
    assert "correct horse" not in customer.password
    event = DomainEvent.objects.get(name="customers.customer.signed_up")
    assert event.payload == {"customer_id": str(customer.pk)}


def test_one_email_has_one_account_in_whatever_case(client_a: ShopClient) -> None:
    client_a.post("customers", ANN)

    response = client_a.post("customers", {**ANN, "email": "aNN@exaMPLE.com"})

    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert Customer.objects.count() == 1
    assert DomainEvent.objects.filter(name="customers.customer.signed_up").count() == 1


def test_a_second_try_with_the_same_key_gets_the_first_answer(client_a: ShopClient) -> None:
    first = client_a.post("customers", ANN, idempotency_key="key-1")
    second = client_a.post("customers", ANN, idempotency_key="key-1")

    assert (second.status_code, second.content) == (201, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert second["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("password", "status", "codes"),
    [
        ("short", 400, ["min_length"]),
        ("x" * 257, 400, ["max_length"]),
        ("90210735218946", 422, ["password_entirely_numeric"]),
        ("password", 422, ["password_too_common"]),
        ("ann@example.com", 422, ["password_too_similar"]),
    ],
)
def test_a_weak_password_is_refused(
    client_a: ShopClient, password: str, status: int, codes: list[str]
) -> None:
    response = client_a.post("customers", {**ANN, "password": password})

    errors = response.json()["errors"]
    assert response.status_code == status
    assert [one["code"] for one in errors] == codes
    assert {one["pointer"] for one in errors} == {"/password"}
    assert Customer.objects.count() == 0


def test_a_password_is_taken_as_it_is(client_a: ShopClient) -> None:
    secret = "  пароль ☃ with spaces  "
    client_a.post("customers", {**ANN, "password": secret})

    assert log_in(client_a, password=secret)["object"] == "customer_token"
    stripped = client_a.post("customers/login", {"email": ANN["email"], "password": secret.strip()})
    assert stripped.status_code == 401


def test_login_gives_a_token_for_thirty_days_and_stores_its_digest_only(
    client_a: ShopClient,
) -> None:
    client_a.post("customers", ANN)

    body = log_in(client_a, email="ann@EXAMPLE.com")

    stored = CustomerToken.objects.get()
    assert re.fullmatch(r"ctk_[A-Za-z0-9_-]{43}", body["token"])
    assert stored.expires_at - stored.created_at == timedelta(days=30)
    assert body["customer"]["email"] == "Ann@Example.com"
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM customers_customertoken t")
        [[row]] = cursor.fetchall()
    assert body["token"] not in row
    answers = [bytes(one.body) for one in IdempotencyRecord.objects.all()]
    assert not any(b"ctk_" in answer for answer in answers)


def test_an_idempotency_key_is_not_needed_and_never_replays_a_login(client_a: ShopClient) -> None:
    credentials = {"email": ANN["email"], "password": ANN["password"]}
    client_a.post("customers", ANN, idempotency_key=NO_KEY)

    bare = client_a.post("customers/login", credentials, idempotency_key=NO_KEY)
    first, second = (
        client_a.post("customers/login", credentials, idempotency_key="same") for _ in "12"
    )

    assert (bare.status_code, first.status_code, second.status_code) == (200, 200, 200)
    assert first.json()["token"] != second.json()["token"]
    assert "Idempotent-Replayed" not in second


def test_two_logins_are_two_tokens_and_logout_ends_one(client_a: ShopClient) -> None:
    client_a.post("customers", ANN)
    phone, laptop = (
        client_a.with_headers(authorization=f"Bearer {log_in(client_a)['token']}") for _ in "12"
    )

    response = phone.post("customers/logout")

    assert (response.status_code, response.content) == (204, b"")
    assert phone.get("customers/me").status_code == 401
    assert laptop.get("customers/me").status_code == 200


def test_unknown_email_and_wrong_password_are_answered_alike(client_a: ShopClient) -> None:
    client_a.post("customers", ANN)

    answers = [
        client_a.post("customers/login", {"email": email, "password": password})
        for email, password in (
            ("nobody@example.com", "correct horse"),
            (ANN["email"], "wrong horse"),
            (ANN["email"], "Correct horse"),
        )
    ]

    bodies = [{**one.json(), "request_id": ""} for one in answers]
    assert [one.status_code for one in answers] == [401, 401, 401]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "invalid_credentials"
    assert {one["WWW-Authenticate"] for one in answers} == {"Bearer"}


def test_a_password_is_hashed_for_unknown_emails_too(
    client_a: ShopClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A3: equal work, and so equal time, whether or not there is an account."""
    hashed: list[str] = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    client_a.post("customers", ANN)
    Customer.objects.update(is_active=False)
    Customer.objects.create(email="bob@example.com", password=Customer.objects.get().password)
    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)

    work = []
    for email in ("nobody@example.com", "bob@example.com", ANN["email"]):
        client_a.post("customers/login", {"email": email, "password": "wrong horse"})
        work.append(len(hashed))
        hashed.clear()

    assert work == [1, 1, 1]


def test_my_page_needs_a_token(client_a: ShopClient) -> None:
    response = client_a.get("customers/me")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer ctk_",
        "Bearer ctk_" + "A" * 43,
        "Bearer ctk_" + "A" * 5000,
        "Bearer ctk_" + "é" * 43,
        "Bearer sk_" + "A" * 43,
        "Basic YW5uOmhvcnNl",
        "ctk_" + "A" * 43,
        "",
    ],
)
def test_a_token_that_is_none_is_refused(client_a: ShopClient, header: str) -> None:
    response = client_a.get("customers/me", authorization=header or " ")

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused_and_dropped_at_the_next_login(client_a: ShopClient) -> None:
    ann = signed_in(client_a)
    CustomerToken.objects.update(expires_at=datetime(2026, 1, 1, tzinfo=UTC))

    refused = ann.get("customers/me")
    log_in(client_a)

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")
    assert CustomerToken.objects.count() == 1


def test_a_disabled_account_is_shut_at_once(client_a: ShopClient) -> None:
    """A5: tokens stop, also those that were given out a moment ago; nobody logs in."""
    ann = signed_in(client_a)

    services.disable_customer(customer_id=Customer.objects.get().pk)
    login = client_a.post("customers/login", {"email": ANN["email"], "password": ANN["password"]})

    assert ann.get("customers/me").status_code == 401
    assert (login.status_code, login.json()["code"]) == (401, "invalid_credentials")


def test_an_account_disabled_by_hand_is_shut_too(client_a: ShopClient) -> None:
    ann = signed_in(client_a)
    Customer.objects.update(is_active=False)

    assert ann.get("customers/me").status_code == 401


def test_a_customer_changes_the_name_and_nothing_else(client_a: ShopClient) -> None:
    ann = signed_in(client_a)

    renamed = ann.patch("customers/me", {"name": "Ann B."})
    cleared = ann.patch("customers/me", {"name": None})
    untouched = ann.patch("customers/me", {})

    assert [one.json()["name"] for one in (renamed, cleared, untouched)] == ["Ann B.", "", ""]
    for field in ("email", "is_active", "password", "id", "is_staff", "tenant"):
        response = ann.patch("customers/me", {field: "x"})
        assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert Customer.objects.get().email == "Ann@Example.com"


@pytest.mark.parametrize("name", ["a\nb", "a\r\nBcc: x", "\x00", "x" * 121, 7, ["a"]])
def test_a_name_is_one_line_of_text(client_a: ShopClient, name: object) -> None:
    response = client_a.send("POST", "customers", {**ANN, "name": name})

    assert response.status_code == 400
    assert Customer.objects.count() == 0


def test_an_account_of_one_shop_is_nobody_in_another(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop
) -> None:
    """TEN-001: neither the account, nor its token, nor an idempotency key."""
    body = log_in(signed_in(client_a))
    elsewhere = client_b.with_headers(authorization=f"Bearer {body['token']}")

    assert elsewhere.get("customers/me").status_code == 401
    credentials = {"email": ANN["email"], "password": ANN["password"]}
    assert client_b.post("customers/login", credentials).status_code == 401
    assert client_b.post("customers", ANN).status_code == 201


def test_who_asks_costs_one_statement(client_a: ShopClient) -> None:
    ann = signed_in(client_a)

    with CaptureQueriesContext(connection) as captured:
        ann.get("customers/me")

    assert len([one for one in captured if "customers_" in one["sql"]]) == 2


def test_logout_takes_no_fields(client_a: ShopClient) -> None:
    ann = signed_in(client_a)

    response = ann.post("customers/logout", {"everywhere": True})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert ann.get("customers/me").status_code == 200
