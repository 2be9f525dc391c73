"""Keeping a refusal in one statement: only a key that is free takes it."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.shared import clock
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.idempotency.services import KEPT_FOR, Claim, StoredAnswer, claim, keep_if_free
from tests.support.shops import TestShop
from tests.support.threads import race

WANTED = Claim(scope=b"s" * 32, key="key-1", method="POST", path="/x", fingerprint=b"f" * 32)
REFUSED = StoredAnswer(409, {"Content-Type": "application/problem+json"}, b'{"code":"no"}')
OTHER = StoredAnswer(201, {"Content-Type": "application/json"}, b'{"id":"ord_1"}')


def kept() -> StoredAnswer | None:
    with transaction.atomic():
        return claim(WANTED, now=clock.now())


def test_a_free_key_takes_it(shop_a: TestShop) -> None:
    assert keep_if_free(WANTED, answer=REFUSED, now=clock.now())

    assert kept() == REFUSED


def test_what_was_kept_first_counts(shop_a: TestShop) -> None:
    assert keep_if_free(WANTED, answer=OTHER, now=clock.now())

    assert not keep_if_free(WANTED, answer=REFUSED, now=clock.now())
    assert kept() == OTHER


@pytest.mark.parametrize(
    ("early", "is_kept"), [(timedelta(0), True), (timedelta(seconds=1), False)]
)
def test_an_answer_of_a_day_ago_gives_way(
    shop_a: TestShop, early: timedelta, is_kept: bool
) -> None:
    then = clock.now() - KEPT_FOR + early
    assert keep_if_free(WANTED, answer=OTHER, now=then)

    now = then + KEPT_FOR - early
    assert keep_if_free(WANTED, answer=REFUSED, now=now) is is_kept
    assert bytes(IdempotencyRecord.objects.get().body) == (REFUSED if is_kept else OTHER).body


def test_of_many_at_once_one_keeps_its_own(committed_shop: TestShop) -> None:
    answers = [StoredAnswer(409, {}, f"{n}".encode()) for n in range(8)]

    def keep(answer: StoredAnswer) -> bool:
        return keep_if_free(WANTED, answer=answer, now=clock.now())

    results = race(committed_shop, *[lambda one=one: keep(one) for one in answers])

    assert results.count(True) == 1
    assert kept() == answers[results.index(True)]
