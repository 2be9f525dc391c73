"""Two requests with one key at once, crashes, and claims that nobody ends (IDEM-004, IDEM-005)."""

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from psycopg import errors

from apps.shared import clock
from apps.shared.idempotency import kept_claim, keyed_request
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.idempotency.services import Claim, open_claim
from tests.shared.idempotency import urls
from tests.shared.idempotency.urls import effects
from tests.support.client import ShopClient
from tests.support.threads import race
from tests.support.waiting import eventually

KEY = "key-1"


@pytest.fixture
def client(committed_shop) -> ShopClient:
    return ShopClient(committed_shop.domain)


@pytest.mark.parametrize("path", ["/effect", "/phased"])
def test_while_the_first_runs_the_second_is_turned_away(committed_shop, client, path):
    """IDEM-004."""

    def first():
        return client.post(path, {"do": "wait"}, idempotency_key=KEY)

    def second():
        assert urls.begun.wait(timeout=20)
        try:
            return client.post(path, {"do": "wait"}, idempotency_key=KEY)
        finally:
            urls.may_end.set()

    done, refused = race(committed_shop, first, second)

    assert done.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_in_flight")
    assert refused["Retry-After"] == "1"
    assert effects() == 1
    again = client.post(path, {"do": "wait"}, idempotency_key=KEY)
    assert again.content == done.content


@pytest.mark.parametrize("path", ["/effect", "/phased"])
def test_of_many_at_once_one_acts(committed_shop, client, path):
    works = [lambda: client.post(path, {}, idempotency_key=KEY)] * 8

    answers = race(committed_shop, *works)

    assert effects() == 1
    assert {one.status_code for one in answers} <= {201, 409}
    assert {one.json()["code"] for one in answers if one.status_code == 409} <= {
        "idempotency_in_flight"
    }
    assert len({one.content for one in answers if one.status_code == 201}) == 1


def test_other_keys_do_not_wait(committed_shop, client):
    def first():
        return client.post("/effect", {"do": "wait"}, idempotency_key=KEY)

    def second():
        assert urls.begun.wait(timeout=20)
        try:
            return client.post("/effect", {}, idempotency_key="another")
        finally:
            urls.may_end.set()

    assert [one.status_code for one in race(committed_shop, first, second)] == [201, 201]


def test_a_killed_request_leaves_its_key_unused(client):
    """IDEM-005: record and work are one transaction; a process that dies takes both with it."""

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyed_request, "record_answer", die)
        with pytest.raises(Killed):
            client.post("/effect", {}, idempotency_key=KEY)
    assert effects() == 0
    assert IdempotencyRecord.objects.count() == 0

    assert client.post("/effect", {}, idempotency_key=KEY).status_code == 201
    assert effects() == 1


def test_a_deadlock_is_tried_again_with_its_key(client, monkeypatch):
    """Another transaction won: PostgreSQL took this one back whole, the caller need not know."""
    lost = []

    def lose_once() -> None:
        if not lost:
            lost.append(1)
            cause = errors.DeadlockDetected()
            raise OperationalError("deadlock detected") from cause

    original = urls.write_effect

    def write() -> None:
        original()
        lose_once()

    monkeypatch.setattr(urls, "write_effect", write)
    response = client.post("/effect", {}, idempotency_key=KEY)

    assert (response.status_code, effects()) == (201, 1)
    assert client.post("/effect", {}, idempotency_key=KEY).content == response.content


def claim_of_a_dead_process(client: ShopClient, monkeypatch) -> None:
    """A phased request whose process died after its claim was committed."""

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(keyed_request, "_answer", die)
        with pytest.raises(Killed):
            client.post("/phased", {}, idempotency_key=KEY)
    assert IdempotencyRecord.objects.get().status_code is None


def test_the_claim_of_a_dead_process_ends_after_ten_seconds(client, monkeypatch):
    claim_of_a_dead_process(client, monkeypatch)
    died = clock.now()

    monkeypatch.setattr(clock, "now", lambda: died + timedelta(seconds=9))
    assert client.post("/phased", {}, idempotency_key=KEY).json()["code"] == "idempotency_in_flight"
    assert client.post("/phased", {"n": 1}, idempotency_key=KEY).json()["code"] == (
        "idempotency_key_reused"
    )
    monkeypatch.setattr(clock, "now", lambda: died + timedelta(seconds=11))
    assert client.post("/phased", {}, idempotency_key=KEY).status_code == 201
    assert client.post("/phased", {}, idempotency_key=KEY)["Idempotent-Replayed"] == "true"


def test_a_living_process_keeps_its_claim(committed_shop, client, monkeypatch):
    """However slow the provider is: what was claimed for ten seconds is claimed for ten more."""
    monkeypatch.setattr(kept_claim, "RENEWED_EVERY", timedelta(seconds=0.05))

    def slow():
        return client.post("/phased", {"do": "wait"}, idempotency_key=KEY)

    def watch():
        assert urls.begun.wait(timeout=20)
        first = IdempotencyRecord.objects.get().locked_until
        eventually(
            lambda: IdempotencyRecord.objects.get().locked_until > first, what="it is renewed"
        )
        urls.may_end.set()

    answer, _ = race(committed_shop, slow, watch)

    assert answer.status_code == 201
    record = IdempotencyRecord.objects.get()
    assert (record.status_code, record.locked_until) == (201, None)


@pytest.mark.parametrize("ending", ["wait", "wait and break"])
def test_a_process_that_outlived_its_claim_does_not_touch_the_next_one(
    committed_shop, client, ending
):
    """The slow one may neither free nor overwrite what the second one holds by now."""

    def slow():
        return client.post("/phased", {"do": ending}, idempotency_key=KEY)

    def take_over():
        assert urls.begun.wait(timeout=20)
        record = IdempotencyRecord.objects.get()
        wanted = Claim(
            bytes(record.scope), KEY, record.method, record.path, bytes(record.fingerprint)
        )
        later = record.locked_until + timedelta(seconds=1)
        with transaction.atomic():
            assert open_claim(wanted, now=later, held_until=later + timedelta(minutes=1)) is None
        urls.may_end.set()
        return IdempotencyRecord.objects.get().pk

    answer, second_claim = race(committed_shop, slow, take_over)

    assert answer.status_code == (201 if ending == "wait" else 503)
    record = IdempotencyRecord.objects.get()
    assert (record.pk, record.status_code) == (second_claim, None)
