"""Reading and writing rows by prepared statements does what the ORM does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.db.transaction import TransactionManagementError

from apps.payments.models import PaymentAccount, PaymentIntent, ProviderEvent
from apps.payments.states import IntentStatus
from apps.shared import clock
from apps.shared.fast_rows import Lookup, add, add_unless_there, write
from apps.shared.schema import use_schema
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop

_INTENT = Lookup(PaymentIntent, "id = %s")
_LOCKED = Lookup(PaymentIntent, "id = %s FOR UPDATE")


def intent() -> PaymentIntent:
    """One with something in each kind of column."""
    return PaymentIntent(
        order_id=uuid4(),
        provider="stripe",
        amount=2**40,
        currency="EUR",
        client={"client_secret": "pi_1_secret"},
        created_at=clock.now(),
        updated_at=clock.now(),
    )


def values(row: PaymentIntent) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_that_is_added_is_the_row_that_save_would_make(shop_a: TestShop) -> None:
    added, saved = intent(), intent()
    add(added)
    saved.save(force_insert=True)

    read, by_orm = _INTENT.first(added.pk), PaymentIntent.objects.get(pk=added.pk)
    assert read is not None
    assert values(read) == values(by_orm)
    assert read == by_orm
    differ = {"id", "order_id", "created_at", "updated_at"}
    of_saved = values(PaymentIntent.objects.get(pk=saved.pk))
    assert {k: v for k, v in values(by_orm).items() if k not in differ} == {
        k: v for k, v in of_saved.items() if k not in differ
    }
    assert not added._state.adding


def test_an_id_that_the_table_makes_is_set(shop_a: TestShop) -> None:
    event = ProviderEvent(
        provider="stripe",
        event_id="evt_1",
        event_type="x",
        headers={"a": "b"},
        body=b"\x00\xff",
        received_at=clock.now(),
    )
    assert add_unless_there(event)
    stored = ProviderEvent.objects.get(pk=event.pk)
    assert (stored.headers, bytes(stored.body)) == ({"a": "b"}, b"\x00\xff")

    event.pk = None
    assert not add_unless_there(event)
    assert ProviderEvent.objects.count() == 1


def test_only_the_named_fields_are_written(shop_a: TestShop) -> None:
    row = intent()
    add(row)
    row.failure_code, row.amount = "card_declined", 1
    row.client, row.status = {}, IntentStatus.FAILED
    row.updated_at += timedelta(seconds=1)
    write(row, ["failure_code", "client", "status", "updated_at"])

    stored = PaymentIntent.objects.get(pk=row.pk)
    assert (stored.failure_code, stored.client, stored.status) == ("card_declined", {}, "failed")
    assert (stored.amount, stored.updated_at) == (2**40, row.updated_at)


def test_rows_are_locked_inside_a_transaction_only(committed_shop: TestShop) -> None:
    row = intent()
    add(row)
    with pytest.raises(TransactionManagementError):
        _LOCKED.first(row.pk)
    with transaction.atomic():
        assert _LOCKED.first(row.pk) == row


def test_a_row_that_is_gone_cannot_be_written(shop_a: TestShop) -> None:
    row = intent()
    add(row)
    PaymentIntent.objects.all().delete()

    assert _INTENT.first(row.pk) is None
    with pytest.raises(DatabaseError):
        write(row, ["failure_code"])


def test_secrets_are_read_as_they_were_and_stored_as_tokens(shop_a: TestShop) -> None:
    secret = connect_payments()
    account = Lookup(PaymentAccount, "provider = %s").first("stripe")
    by_orm = PaymentAccount.objects.get()

    assert account is not None
    assert secret in account.secrets.values()
    assert (account.secrets, account.settings) == (by_orm.secrets, by_orm.settings)


def test_each_shop_reads_its_own(shop_a: TestShop, shop_b: TestShop) -> None:
    row = intent()
    with use_schema(shop_a.schema):
        add(row)
    with use_schema(shop_b.schema):
        assert _INTENT.first(row.pk) is None
        with pytest.raises(DatabaseError):
            write(row, ["failure_code"])
    with use_schema(shop_a.schema):
        assert _INTENT.first(row.pk) == row
