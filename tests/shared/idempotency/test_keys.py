"""Idempotency-Key on requests of one transaction: IDEM-001, 002, 003, 006, 007."""

from datetime import timedelta

import pytest

from apps.shared import clock
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.schema import use_schema
from tests.shared.idempotency.urls import effects
from tests.support.client import ShopClient

KEY = "key-1"


@pytest.mark.parametrize("path", ["/effect", "/required", "/phased"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_the_same_request_again_is_answered_as_before_and_does_nothing(client_a, path, method):
    """IDEM-001."""
    first = client_a.send(method, path, {"n": 1}, idempotency_key=KEY)
    second = client_a.send(method, path, {"n": 1}, idempotency_key=KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    for header in ("Content-Type", "ETag", "Location"):
        assert first[header] == second[header]
    assert first["Request-Id"] != second["Request-Id"]
    assert effects() == 1


def test_a_request_without_a_key_acts_each_time(client_a):
    for _ in range(2):
        assert client_a.post("/effect", {}, idempotency_key="").status_code == 201

    assert effects() == 2
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize("path", ["/required", "/phased"])
def test_where_a_key_is_required_its_lack_is_a_400(client_a, path):
    response = client_a.post(path, {}, idempotency_key="")

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_required")
    assert effects() == 0


@pytest.mark.parametrize("path", ["/effect", "/phased"])
def test_a_key_with_another_query_is_refused_and_told_so(client_a, path):
    """IDEM-002"""
    client_a.post(f"{path}?a=1", {"n": 1}, idempotency_key=KEY)

    response = client_a.post(f"{path}?a=2", {"n": 1}, idempotency_key=KEY)

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")
    assert "another query" in response.json()["detail"]
    assert effects() == 1


def test_reading_has_no_use_for_a_key(client_a):
    first = client_a.get("/effect", idempotency_key=KEY)
    second = client_a.get("/effect", idempotency_key=KEY)

    assert first.content != second.content
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize("path", ["/effect", "/phased"])
@pytest.mark.parametrize(
    "other",
    [
        {"n": 2},
        {"n": "1"},
        {"n": 1.0},
        {"n": 1, "more": None},
        {"m": 1},
        [{"n": 1}],
        {},
    ],
)
def test_the_same_key_for_something_else_is_refused(client_a, path, other):
    """IDEM-002: null differs from absent, 1 from "1"."""
    client_a.post(path, {"n": 1}, idempotency_key=KEY)

    response = client_a.post(path, other, idempotency_key=KEY)

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")
    assert effects() == 1
    assert client_a.post(path, {"n": 1}, idempotency_key=KEY)["Idempotent-Replayed"] == "true"


def test_the_query_belongs_to_the_request(client_a):
    client_a.post("/effect?a=1", {}, idempotency_key=KEY)

    assert client_a.post("/effect?a=2", {}, idempotency_key=KEY).status_code == 409
    assert "Idempotent-Replayed" in client_a.post("/effect?a=1", {}, idempotency_key=KEY)


def test_the_order_of_keys_and_white_space_do_not_matter(client_a):
    client_a.post("/effect", b'{"a": 1, "b": {"c": 2, "d": "\xc3\xa9"}}', idempotency_key=KEY)

    response = client_a.post(
        "/effect", b'{ "b":{"d":"\\u00e9","c":2},\n"a":1 }', idempotency_key=KEY
    )

    assert response["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("path", ["/effect", "/required", "/phased"])
@pytest.mark.parametrize("key", ["a" * 256, "schlüssel", "a\tb", "a\x7fb"])
def test_a_key_is_1_to_255_printable_ascii_characters(client_a, path, key):
    """I6."""
    response = client_a.post(path, {}, idempotency_key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")
    assert effects() == 0


def test_an_empty_key_is_no_key(client_a):
    from django.test import Client

    response = Client().post(
        "/effect",
        data="{}",
        content_type="application/json",
        headers={"host": client_a.host, "idempotency-key": ""},
    )

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.parametrize("key", ["a", "a" * 255, "0197c2-_.:/ +~"])
def test_keys_at_the_limits_are_fine(client_a, key):
    first = client_a.post("/effect", {}, idempotency_key=key)
    again = client_a.post("/effect", {}, idempotency_key=key)

    assert first.content == again.content


@pytest.mark.parametrize("path", ["/effect", "/phased"])
@pytest.mark.parametrize("header", ["authorization", "cart_token", "order_token"])
def test_another_caller_s_key_is_another_key(client_a, path, header):
    """IDEM-006, I4."""
    mine = client_a.with_headers(**{header: "mine"}).post(path, {}, idempotency_key=KEY)
    yours = client_a.with_headers(**{header: "yours"}).post(path, {"n": 1}, idempotency_key=KEY)
    nobodys = client_a.post(path, {"n": 2}, idempotency_key=KEY)

    assert {mine.status_code, yours.status_code, nobodys.status_code} == {201}
    assert len({mine.content, yours.content, nobodys.content}) == 3


def test_two_headers_cannot_be_shuffled_into_one(client_a):
    """`Cart-Token: x` is not `Order-Token: x`."""
    client_a.with_headers(cart_token="x").post("/effect", {}, idempotency_key=KEY)
    client_a.with_headers(order_token="x").post("/effect", {}, idempotency_key=KEY)

    assert effects() == 2


def test_another_path_or_method_is_another_request(client_a):
    client_a.post("/effect", {}, idempotency_key=KEY)
    client_a.post("/effect/other", {}, idempotency_key=KEY)
    client_a.put("/effect", {}, idempotency_key=KEY)

    assert effects() == 3


def test_two_shops_never_meet(client_a, client_b, shop_b):
    """IDEM-006, TEN-001."""
    here = client_a.post("/effect", {}, idempotency_key=KEY)
    there = client_b.post("/effect", {}, idempotency_key=KEY)

    assert here.content != there.content
    assert effects() == 1
    with use_schema(shop_b.schema):
        assert effects() == 1


@pytest.mark.parametrize("path", ["/effect", "/phased"])
def test_a_key_is_new_after_24_hours(client_a, path, monkeypatch):
    """IDEM-003, I6."""
    first = client_a.post(path, {}, idempotency_key=KEY)
    made = IdempotencyRecord.objects.get().created_at

    monkeypatch.setattr(clock, "now", lambda: made + timedelta(hours=23, minutes=59))
    assert client_a.post(path, {}, idempotency_key=KEY).content == first.content

    monkeypatch.setattr(clock, "now", lambda: made + timedelta(hours=24))
    later = client_a.post(path, {"another": "body"}, idempotency_key=KEY)
    assert (later.status_code, later.content == first.content) == (201, False)
    assert client_a.post(path, {"another": "body"}, idempotency_key=KEY).content == later.content


@pytest.mark.parametrize("path", ["/effect", "/phased"])
@pytest.mark.parametrize(
    ("order", "status"), [("conflict", 409), ("rejected", 422), ("missing", 404)]
)
def test_a_refusal_for_good_is_kept(client_a, path, order, status):
    """IDEM-007, I5: declined, out of stock."""
    first = client_a.post(path, {"do": order}, idempotency_key=KEY)
    second = client_a.post(path, {"do": order}, idempotency_key=KEY)

    assert (first.status_code, second.status_code) == (status, status)
    assert first.content == second.content, "the request id of the first is part of its answer"
    assert second["Idempotent-Replayed"] == "true"
    assert second["Content-Type"] == "application/problem+json"


def test_a_refusal_leaves_nothing_of_its_work(client_a):
    client_a.post("/effect", {"do": "conflict"}, idempotency_key=KEY)

    assert effects() == 0
    assert IdempotencyRecord.objects.get().status_code == 409


@pytest.mark.parametrize("path", ["/effect", "/phased"])
@pytest.mark.parametrize(
    ("order", "status"),
    [
        ("invalid", 400),
        ("malformed", 400),
        ("unauthenticated", 401),
        ("throttled", 429),
        ("crash", 500),
        ("unavailable", 503),
        ("answer 503", 503),
    ],
)
def test_what_may_go_well_the_next_time_is_not_kept(client_a, path, order, status):
    """IDEM-007, I5: the same key may be used again at once, even for a corrected body."""
    first = client_a.post(path, {"do": order}, idempotency_key=KEY)
    assert first.status_code == status
    assert IdempotencyRecord.objects.count() == 0

    second = client_a.post(path, {"do": "right"}, idempotency_key=KEY)

    assert second.status_code == 201
    assert "Idempotent-Replayed" not in second


def test_in_one_transaction_a_failure_takes_its_work_back(client_a):
    """IDEM-005: after a crash the key is unused, and so is what it was for."""
    for order in ("crash", "unavailable", "invalid", "answer 503"):
        client_a.post("/effect", {"do": order}, idempotency_key=KEY)

    assert effects() == 0


def test_a_malformed_body_does_not_use_the_key(client_a):
    assert client_a.post("/effect", b"{", idempotency_key=KEY).status_code == 400
    assert client_a.post("/effect", {}, idempotency_key=KEY).status_code == 201


def test_a_long_path_is_kept_short_and_not_confused_with_another(client_a: ShopClient):
    one, other = "/effect/" + "a" * 600, "/effect/" + "a" * 599 + "b"
    first = client_a.post(one, {}, idempotency_key=KEY)
    second = client_a.post(other, {}, idempotency_key=KEY)

    assert first.content != second.content
    assert client_a.post(one, {}, idempotency_key=KEY).content == first.content
