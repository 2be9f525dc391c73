"""Secrets go into the admin and never come out of it."""

from typing import Any

import pytest

from apps.payments.models import PaymentAccount
from apps.payments.readable import LONGEST_SHOWN, readable_body
from tests.admin.browser import form_of, owner_of
from tests.admin.rows import a_payment_account, a_provider_event, an_intent
from tests.support.shops import TestShop

LIST = "/admin/payments/paymentaccount/"


def _secrets() -> tuple[str, str]:
    account = PaymentAccount.objects.get()
    return account.secrets["secret_key"], account.secrets.get("webhook_secret", "")


@pytest.mark.parametrize("page", ["", "change/", "history/"])
def test_no_page_shows_a_secret(shop_a: TestShop, page: str) -> None:
    account = a_payment_account()
    path = f"{LIST}{account.pk}/{page}" if page else LIST
    content = owner_of(shop_a).get(path).content.decode()
    assert "must_not_show" not in content
    if page == "change/":
        assert content.count("•••• set") == 2


def test_no_page_even_reads_a_secret(shop_a: TestShop) -> None:
    account = a_payment_account()
    browser = owner_of(shop_a)
    for path in (LIST, f"{LIST}{account.pk}/change/"):
        assert not [
            sql for sql in browser.queries(path) if '"payments_paymentaccount"."secrets",' in sql
        ]


def _save(shop: TestShop, **values: Any) -> int:
    browser = owner_of(shop)
    path = f"{LIST}{PaymentAccount.objects.get().pk}/change/"
    return browser.post(path, form_of(browser.get(path)) | values).status_code


def test_an_empty_field_keeps_the_secret_and_a_value_replaces_it(shop_a: TestShop) -> None:
    a_payment_account()
    assert _save(shop_a, publishable_key="pk_test_new") == 302
    assert _secrets() == ("sk_test_must_not_show", "whsec_must_not_show")
    assert _save(shop_a, new_secret_key="sk_test_next") == 302
    assert _secrets() == ("sk_test_next", "whsec_must_not_show")
    assert _save(shop_a, new_webhook_secret="whsec_next") == 302
    assert _secrets() == ("sk_test_next", "whsec_next")


def test_a_secret_key_does_not_get_where_everybody_sees_it(shop_a: TestShop) -> None:
    a_payment_account()
    assert _save(shop_a, publishable_key="sk_test_oops") == 200
    assert PaymentAccount.objects.get().settings["publishable_key"] == "pk_test_shown"


def test_a_new_account_needs_its_secret_key(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    new = {"provider": "stripe", "publishable_key": "pk_test_1", "position": "1", "is_active": "on"}
    assert browser.post(f"{LIST}add/", new).status_code == 200
    assert browser.post(f"{LIST}add/", {**new, "new_secret_key": "sk_test_1"}).status_code == 302
    assert _secrets() == ("sk_test_1", "")


def test_a_refused_form_does_not_send_the_typed_secret_back(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    answer = browser.post(f"{LIST}add/", {"new_secret_key": "sk_test_typed"})
    assert answer.status_code == 200
    assert "sk_test_typed" not in answer.content.decode()


def test_a_payments_client_secret_is_not_shown(shop_a: TestShop) -> None:
    intent = an_intent()
    browser = owner_of(shop_a)
    for path in (
        "/admin/payments/paymentintent/",
        f"/admin/payments/paymentintent/{intent.pk}/change/",
    ):
        assert "secret_must_not_show" not in browser.get(path).content.decode()
        assert not [sql for sql in browser.queries(path) if "client_secret" in sql]


def test_a_webhook_is_shown_escaped_and_without_secrets(shop_a: TestShop) -> None:
    event = a_provider_event(
        b'{"data": {"object": {"client_secret": "pi_must_not_show", "amount": 1999,'
        b' "description": "</pre><script>alert(1)</script>",'
        b' "next": [{"token": "tok_must_not_show"}]}}}'
    )
    page = (
        owner_of(shop_a).get(f"/admin/payments/providerevent/{event.pk}/change/").content.decode()
    )
    assert "must_not_show" not in page
    assert "must-not-show" not in page
    assert "1999" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "body",
    [
        b'{"client_secret": "must_not_show"',
        b'not json "client_secret" : "must_not_show" and more',
        b'{"client_secret": "must_not\\"_show',
        b'{"x": "'
        + b"y" * (LONGEST_SHOWN - 60)
        + b'", "client_secret": "must_not_show'
        + b"z" * 99,
        b'{"a": {"secrets": {"b": "must_not_show"}}}',
        b"\xff\xfe\x00",
        b"",
        b"[" * 5000,
    ],
)
def test_a_body_that_is_no_json_is_shown_without_secrets_too(body: bytes) -> None:
    assert "must_not" not in readable_body(body)


def test_a_long_body_is_shortened() -> None:
    shown = readable_body(b"x" * (LONGEST_SHOWN + 1))
    assert len(shown) < LONGEST_SHOWN + 100
    assert shown.endswith(f"… {LONGEST_SHOWN + 1} bytes in all")
