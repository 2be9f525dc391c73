"""Which tenant a host is, remembered: by whom, for how long, and until when at the latest."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import transaction

from apps.shared import broadcast
from apps.shared.schema import PUBLIC, use_schema
from tenants import routing
from tenants.models import Domain, Tenant
from tenants.routing import Memory
from tenants.states import TenantStatus
from tests.support.client import ShopClient
from tests.support.shops import TestShop
from tests.support.waiting import eventually

SHOP = Tenant(slug="a", schema_name="shop_a")


class Asked:
    """A database that counts how often it is asked."""

    def __init__(self, answer: Tenant | None = SHOP) -> None:
        self.times, self.answer = 0, answer

    def __call__(self) -> Tenant | None:
        self.times += 1
        return self.answer


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """On a channel of its own: other workers of the run make shops too."""
    topic = f"tenants-changed-{os.getpid()}"
    monkeypatch.setattr(routing, "_TOPIC", topic)
    memory = Memory(seconds=60)
    broadcast.listen(topic, heard=memory.changed, unheard=memory.unheard)
    eventually(lambda: memory.is_heard, seconds=5, what="the channel heard")
    return memory


def test_a_host_is_asked_for_once(listening: Memory) -> None:
    asked = Asked()
    assert [listening.get("a", asked) for _ in range(5)] == [SHOP] * 5
    assert asked.times == 1


def test_an_unknown_host_is_asked_for_each_time(listening: Memory) -> None:
    asked = Asked(None)
    assert [listening.get("x", asked) for _ in range(3)] == [None] * 3
    assert asked.times == 3


def test_nobody_remembers_who_does_not_listen() -> None:
    asked, deaf = Asked(), Memory(seconds=60)
    deaf.get("a", asked)
    deaf.get("a", asked)
    assert asked.times == 2


def test_what_is_remembered_ends_by_itself(listening: Memory) -> None:
    asked = Asked()
    listening._seconds = 0.05
    listening.get("a", asked)
    time.sleep(0.06)
    listening.get("a", asked)
    assert asked.times == 2


def test_what_was_read_before_a_change_is_not_kept_after_it(listening: Memory) -> None:
    def changed_meanwhile() -> Tenant:
        listening.changed()
        return SHOP

    asked = Asked()
    listening.get("a", changed_meanwhile)
    listening.get("a", asked)
    assert asked.times == 1


def test_a_committed_changeis_heard_and_one_rolled_back_is_not(
    listening: Memory, committed_shop: TestShop
) -> None:
    asked = Asked()
    listening.get("a", asked)
    with use_schema(PUBLIC):
        tenant = Tenant.objects.get(schema_name=committed_shop.schema)
        with transaction.atomic():
            tenant.save(update_fields=["name"])
            transaction.set_rollback(True)
        time.sleep(0.1)
        listening.get("a", asked)
        assert asked.times == 1

        for change in (tenant.save, Domain.objects.get(tenant=tenant).save):
            generation = listening.generation
            change()
            eventually(
                lambda before=generation: listening.generation > before,
                seconds=2,
                what="the change heard",
            )
    listening.get("a", asked)
    assert asked.times == 2


def test_when_the_channel_breaks_all_is_forgotten(listening: Memory, settings: Any) -> None:
    listening.get("a", Asked())
    reachable, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:9/0"
    with redis.Redis.from_url(reachable) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    eventually(lambda: not listening.is_heard, seconds=5, what="silence noticed")
    asked = Asked()
    listening.get("a", asked)
    listening.get("a", asked)
    assert asked.times == 2

    settings.REDIS_URL = reachable
    eventually(lambda: listening.is_heard, seconds=10, what="heard again")


@pytest.fixture
def remembering(settings: Any) -> Iterator[Memory]:
    """The process' own memory, as web processes have it."""
    settings.TENANT_CACHE_SECONDS = 60.0
    memory = routing.start()
    eventually(lambda: memory.is_heard, seconds=5, what="the channel heard")
    yield memory
    memory.changed()


def test_a_suspended_shop_is_closed_at_once(remembering: Memory, committed_shop: TestShop) -> None:
    client = ShopClient(committed_shop.domain)
    assert client.get("products").status_code == 200
    generation = remembering.generation
    with use_schema(PUBLIC):
        tenant = Tenant.objects.get(schema_name=committed_shop.schema)
        tenant.status = TenantStatus.SUSPENDED
        tenant.save()

    eventually(lambda: remembering.generation > generation, seconds=2, what="told")
    assert client.get("products").json()["code"] == "tenant_suspended"
