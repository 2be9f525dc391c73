"""The audit: it commits with what it tells of, keeps no secrets, and cannot be altered."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import RequestFactory, override_settings

from apps.shared import clock, context
from apps.shared.api.addresses import client_address
from apps.shared.audit.models import AuditEntry
from apps.shared.audit.record import HIDDEN, Target, changes, record
from apps.shared.ids import new_id
from apps.shared.schema import PUBLIC, use_schema
from tests.support.shops import TestShop

REFUSED = (IntegrityError, InternalError)


def _record(**values: object) -> AuditEntry:
    told = {"action": "test.done", "target": Target("thing", "7"), "now": clock.now(), **values}
    record(**told)  # type: ignore[arg-type]
    return AuditEntry.objects.latest("id")


def test_an_entry_says_who_what_from_where_and_in_which_request(shop_a: TestShop) -> None:
    now = clock.now()
    with context.acting(request="req_1", as_actor="staff:ada@x.example", where="192.0.2.7"):
        entry = _record(before={"status": "open"}, after={"status": "shut"}, why="dusk", now=now)
    assert (entry.actor, entry.origin, entry.request_id) == (
        "staff:ada@x.example",
        "192.0.2.7",
        "req_1",
    )
    assert (entry.target_type, entry.target_id, entry.why, entry.at) == ("thing", "7", "dusk", now)
    assert (entry.before, entry.after) == ({"status": "open"}, {"status": "shut"})


def test_what_is_neither_request_nor_task_is_a_command(shop_a: TestShop) -> None:
    assert _record().origin == "command"


def test_it_refuses_to_be_written_by_itself(committed_shop: TestShop) -> None:
    with pytest.raises(RuntimeError, match="inside its caller's transaction"):
        record(action="test.done", target=Target("thing", "7"), now=clock.now())


def test_it_is_gone_when_the_action_is_rolled_back(committed_shop: TestShop) -> None:
    def record_and_fail() -> None:
        with transaction.atomic():
            _record()
            raise LookupError

    with pytest.raises(LookupError):
        record_and_fail()
    assert not AuditEntry.objects.exists()


def test_secrets_are_hidden_however_deep(shop_a: TestShop) -> None:
    entry = _record(
        after={
            "secret_key": "sk_live_1",
            "is_secret": True,
            "nested": {"client_secret": "x", "list": [{"password": "y"}], "ok": 1},
            "passwords": ["a", "b"],
            "id": new_id(),
            "text": "a\x00b",
        }
    )
    assert entry.after["secret_key"] == HIDDEN
    assert entry.after["is_secret"] is True
    assert entry.after["nested"] == {
        "client_secret": HIDDEN,
        "list": [{"password": HIDDEN}],
        "ok": 1,
    }
    assert entry.after["passwords"] == [HIDDEN, HIDDEN]
    assert entry.after["text"] == "ab"


def test_changes_are_what_differs() -> None:
    before, after = {"a": 1, "b": 2, "gone": 3}, {"a": 1, "b": 4, "new": 5}
    assert changes(before, after) == ({"b": 2, "gone": 3}, {"b": 4, "new": 5})
    assert changes(before, before) == ({}, {})


@pytest.mark.parametrize("schema", ["shop", PUBLIC])
def test_the_database_refuses_to_alter_or_to_empty_it(shop_a: TestShop, schema: str) -> None:
    with use_schema(shop_a.schema if schema == "shop" else PUBLIC):
        entry = _record()
        with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(actor="nobody")
        with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).delete()
        with (
            pytest.raises(REFUSED, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("TRUNCATE audit_auditentry")
        entry.refresh_from_db()
        assert entry.actor == "system"


def test_retention_may_prune_what_is_older_than_a_year(shop_a: TestShop) -> None:
    old = _record(now=clock.now() - timedelta(days=365, minutes=1))
    young = _record(now=clock.now() - timedelta(days=364, hours=23))
    AuditEntry.objects.filter(pk=old.pk).delete()
    with pytest.raises(REFUSED, match="DELETE refused"), transaction.atomic():
        AuditEntry.objects.filter(pk=young.pk).delete()
    assert list(AuditEntry.objects.all()) == [young]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.7"),
        (1, "<script>", "unknown"),
        (1, "", "unknown"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(proxies: int, forwarded: str, expected: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(PROXIES_IN_FRONT=proxies):
        assert client_address(request.META) == expected
