"""The platform's API: who may ask, shops made with 202, and what may be done with them."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpResponse

from apps.shared import caching, clock
from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.models import DomainEvent
from apps.shared.schema import PUBLIC, use_schema
from tenants import authentication, services
from tenants.models import PlatformKey, Tenant
from tenants.states import Scope
from tests.support.client import ShopClient
from tests.support.probe import deliver_due
from tests.support.shops import TestShop
from tests.tenancy.catalogue import exists

NEW = {
    "slug": "kyoto-tea",
    "name": "Kyoto Tea",
    "currency": "JPY",
    "country": "JP",
    "owner_email": "owner@tea.example",
}


def with_key(*scopes: Scope) -> ShopClient:
    """A client of the platform's own host whose key holds these scopes."""
    _, token = services.create_platform_key(name="ci", scopes=scopes, now=clock.now())
    return ShopClient(settings.PLATFORM_DOMAIN, authorization=f"Bearer {token}")


@pytest.fixture
def platform(db: None) -> ShopClient:
    return with_key(*Scope)


def refusal(response: HttpResponse) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def make_usable() -> None:
    """As worker and relay do."""
    from datetime import timedelta

    with use_schema(PUBLIC):
        deliver_due(now=clock.now() + timedelta(minutes=1))


def test_a_shop_is_asked_for_made_and_usable(platform: ShopClient) -> None:
    answer = platform.post("tenants", NEW)

    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == f"/api/v1/tenants/{body['id']}"
    assert (body["status"], body["provisioning"]) == ("provisioning", "requested")
    assert body["domain"] == f"kyoto-tea.{settings.PLATFORM_DOMAIN}"
    shop = ShopClient(body["domain"])
    assert refusal(shop.get("products")) == (404, "unknown_host")

    make_usable()

    now_is = platform.get(answer["Location"]).json()
    assert (now_is["status"], now_is["provisioning"]) == ("active", "ready")
    assert shop.get("products").status_code == 200


def test_the_same_key_and_body_is_answered_again_and_makes_one_shop(platform: ShopClient) -> None:
    """I1."""
    key = str(uuid4())
    first = platform.post("tenants", NEW, idempotency_key=key)
    second = platform.post("tenants", NEW, idempotency_key=key)

    assert (second.status_code, second.content) == (202, first.content)
    assert second["Location"] == first["Location"]
    assert second["Idempotent-Replayed"] == "true"
    other = platform.post("tenants", {**NEW, "name": "Other"}, idempotency_key=key)
    assert refusal(other) == (409, "idempotency_key_reused")
    assert DomainEvent.objects.filter(payload__slug="kyoto-tea").count() == 1


def test_a_key_is_required(platform: ShopClient) -> None:
    answer = platform.post("tenants", NEW, idempotency_key="")
    assert refusal(answer) == (400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"slug": "www"}, (422, "invalid_tenant_name")),
        ({"slug": "xn--bcher-kva"}, (422, "invalid_tenant_name")),
        ({"slug": "Kyoto"}, (422, "invalid_tenant_name")),
        ({"slug": 'a"; DROP SCHEMA public'}, (422, "invalid_tenant_name")),
        ({"slug": "a" * 41}, (400, "invalid_request")),
        ({"slug": 7}, (400, "invalid_request")),
        ({"slug": "test-a"}, (409, "tenant_exists")),
        ({"currency": "XXX"}, (422, "unknown_currency")),
        ({"country": "jp"}, (400, "invalid_request")),
        ({"country": "JP\n"}, (400, "invalid_request")),
        ({"owner_email": "nobody"}, (400, "invalid_request")),
        ({"name": "a\nb"}, (400, "invalid_request")),
        ({"name": ""}, (400, "invalid_request")),
        ({"schema_name": "public"}, (400, "invalid_request")),
        ({"status": "active"}, (400, "invalid_request")),
        ({"owner_password": "secret-word"}, (400, "invalid_request")),
    ],
)
def test_what_cannot_be_a_shop_is_refused_and_nothing_is_written(
    platform: ShopClient, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = Tenant.objects.count()

    assert refusal(platform.post("tenants", {**NEW, **change})) == expected

    assert Tenant.objects.count() == before


def test_nobody_without_a_key(db: None) -> None:
    nobody = ShopClient(settings.PLATFORM_DOMAIN)
    path = f"tenants/ten_{'0' * 32}"
    for method, where in (("POST", "tenants"), ("GET", "tenants"), ("GET", path), ("DELETE", path)):
        answer = nobody.send(method, where, NEW if method == "POST" else None)
        assert refusal(answer) == (401, "not_authenticated")
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer skp_nothing",
        f"Bearer skp_{'a' * 43}",
        "Basic eDp5",
        "Bearer ",
        "skp_x",
        "Bearer ctk_",
    ],
)
def test_wrong_keys_open_nothing(db: None, authorization: str) -> None:
    client = ShopClient(settings.PLATFORM_DOMAIN, authorization=authorization)
    assert refusal(client.get("tenants")) == (401, "invalid_token")


def test_a_revoked_key_opens_nothing(platform: ShopClient) -> None:
    assert platform.get("tenants").status_code == 200

    services.revoke_platform_key(key_id=PlatformKey.objects.get().pk, why="lost", now=clock.now())

    assert refusal(platform.get("tenants")) == (401, "invalid_token")


def test_a_key_opens_what_its_scopes_say(db: None) -> None:
    """A1."""
    reader, writer, deleter = (with_key(one) for one in Scope)
    shop = f"tenants/{writer.post('tenants', NEW).json()['id']}"
    table = {
        ("GET", "tenants"): reader,
        ("GET", shop): reader,
        ("POST", "tenants"): writer,
        ("POST", f"{shop}/suspend"): writer,
        ("POST", f"{shop}/resume"): writer,
        ("POST", f"{shop}/archive"): writer,
        ("POST", f"{shop}/rename"): writer,
        ("POST", f"{shop}/restore"): deleter,
        ("DELETE", shop): deleter,
    }
    for (method, path), holder in table.items():
        for client in (reader, writer, deleter):
            body = None if method != "POST" else {}
            answer = client.send(method, path, body)
            refused = answer.status_code == 403 and answer.json()["code"] == "scope_missing"
            assert refused == (client is not holder), (method, path)


def test_only_the_digest_of_a_key_is_kept(db: None) -> None:
    key, token = services.create_platform_key(name="ci", scopes=[Scope.READ], now=clock.now())
    kept = str(PlatformKey.objects.filter(pk=key.pk).values()[0])
    assert token.removeprefix("skp_") not in kept
    assert key.ending == token[-4:]
    entry = AuditEntry.objects.get(action="tenants.platform_key_created")
    assert entry.after == {"name": "ci", "scopes": ["tenants:read"]}


def test_use_of_a_key_is_noted(platform: ShopClient) -> None:
    platform.get("tenants")
    first = PlatformKey.objects.get().last_used_at
    assert first is not None
    platform.get("tenants")
    assert PlatformKey.objects.get().last_used_at == first


def test_what_a_key_does_is_on_record_in_its_name(platform: ShopClient) -> None:
    platform.post("tenants", NEW)

    entry = AuditEntry.objects.get(action="tenants.tenant_requested", after__slug="kyoto-tea")
    assert entry.actor == PlatformKey.objects.get().actor
    assert entry.origin == "127.0.0.1"


def test_calls_of_a_key_and_wrong_keys_are_counted(
    platform: ShopClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: dict[str, int] = {}

    def count(key: str, *, seconds: int) -> int:
        counted[key] = counted.get(key, 0) + 1
        return counted[key]

    monkeypatch.setattr(caching, "count", count)
    monkeypatch.setattr(authentication, "CALLS_A_MINUTE", 300)
    for _ in range(300):
        counted[f"platform_keys:calls:{PlatformKey.objects.get().pk}"] = 300
    answer = platform.get("tenants")
    assert refusal(answer) == (429, "too_many_platform_requests")
    assert answer["Retry-After"] == "60"
    guesser = ShopClient(settings.PLATFORM_DOMAIN, authorization="Bearer skp_guess")
    answers = [guesser.get("tenants").status_code for _ in range(31)]
    assert answers == [401] * 30 + [429]


def test_shops_are_listed_by_page_and_status(platform: ShopClient) -> None:
    for number in range(3):
        platform.post("tenants", {**NEW, "slug": f"tea-{number}"})

    first = platform.get("tenants?status=provisioning&limit=2").json()
    second = platform.get(
        f"tenants?status=provisioning&limit=2&cursor={first['next_cursor']}"
    ).json()

    assert [one["slug"] for one in first["data"] + second["data"]] == ["tea-2", "tea-1", "tea-0"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    slugs = [one["slug"] for one in platform.get("tenants").json()["data"]]
    assert {"test-a", "test-b"} <= set(slugs)
    assert PUBLIC not in slugs
    assert refusal(platform.get("tenants?status=odd")) == (400, "invalid_parameter")
    assert refusal(platform.get("tenants?cursor=odd")) == (400, "invalid_cursor")


def test_the_platform_itself_is_no_shop(platform: ShopClient) -> None:
    own = Tenant.objects.get(schema_name=PUBLIC).public_id
    for method, path in (("GET", own), ("DELETE", own), ("POST", f"{own}/suspend")):
        answer = platform.send(method, f"tenants/{path}", {} if method == "POST" else None)
        assert refusal(answer) == (404, "tenant_not_found")


def test_a_shops_host_has_no_routes_of_the_platform(
    platform: ShopClient, client_a: ShopClient
) -> None:
    stranger = client_a.with_headers(**platform.headers)
    assert refusal(stranger.get("tenants")) == (404, "not_found")
    assert refusal(stranger.post("tenants", NEW)) == (404, "not_found")


def test_a_life(platform: ShopClient) -> None:
    """Suspended, resumed, archived, renamed, deleted, kept after all."""
    shop = f"tenants/{platform.post('tenants', NEW).json()['id']}"
    assert refusal(platform.post(f"{shop}/suspend")) == (409, "provisioning_unfinished")
    make_usable()
    host = ShopClient(f"kyoto-tea.{settings.PLATFORM_DOMAIN}")

    assert platform.post(f"{shop}/suspend", {"why": "unpaid"}).json()["status"] == "suspended"
    assert refusal(host.get("products")) == (403, "tenant_suspended")
    assert refusal(platform.post(f"{shop}/suspend")) == (409, "invalid_transition")
    assert platform.post(f"{shop}/resume").json()["status"] == "active"
    assert platform.post(f"{shop}/archive").json()["status"] == "archived"
    assert refusal(host.get("products")) == (404, "unknown_host")
    assert platform.post(f"{shop}/resume").json()["status"] == "active"

    renamed = platform.post(f"{shop}/rename", {"slug": "osaka-tea"}).json()
    assert renamed["domain"] == f"osaka-tea.{settings.PLATFORM_DOMAIN}"
    assert host.get("products").status_code == 200

    gone = platform.delete(shop)
    assert (gone.status_code, gone.json()["status"]) == (202, "deleting")
    assert gone.json()["deletes_at"]
    assert refusal(host.get("products")) == (404, "unknown_host")
    assert refusal(platform.post(f"{shop}/resume")) == (409, "deletion_scheduled")
    assert refusal(platform.delete(shop)) == (409, "deletion_scheduled")
    assert platform.post(f"{shop}/restore").json()["status"] == "active"
    assert refusal(platform.post(f"{shop}/restore")) == (409, "no_deletion_scheduled")
    assert platform.get(shop).json()["deletes_at"] is None
    entry = AuditEntry.objects.get(action="tenants.tenant_suspended")
    assert (entry.why, entry.before, entry.after) == (
        "unpaid",
        {"status": "active"},
        {"status": "suspended"},
    )


def test_what_failed_and_what_is_gone_is_still_told_of(
    platform: ShopClient, shop_b: TestShop
) -> None:
    answer = platform.post("tenants", NEW).json()
    tenant = Tenant.objects.get(slug="kyoto-tea")
    services.fail_provisioning(tenant_id=tenant.pk, reason="secret reason", now=clock.now())

    told = platform.get(f"tenants/{answer['id']}")

    assert (told.json()["status"], told.json()["domain"]) == ("failed", None)
    assert "secret reason" not in told.content.decode()
    assert not exists("shop_kyoto_tea")
