"""Secrets at rest come under a new key, and the old one may go."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection

from apps.payments.models import PaymentAccount, PaymentIntent
from apps.shared.reencryption import encrypted_columns, reencrypt
from tests.admin.rows import an_intent
from tests.repair.running import repair
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop


def raw() -> list[str]:
    """Everything encrypted, as the columns hold it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets::text FROM payments_paymentaccount")
        found = [one for (one,) in cursor.fetchall()]
        cursor.execute("SELECT client_secret FROM payments_paymentintent ORDER BY id")
        return [*found, *(one for (one,) in cursor.fetchall())]


def rotate(shop: TestShop, *arguments: str) -> tuple[int, str]:
    first, *rest = ["--tenant", shop.slug, *arguments]
    run = repair(first, *rest, command="rotate_secrets")
    return run.code, run.text.strip()


def test_all_secrets_come_under_the_newest_key(shop_a: TestShop, settings: object) -> None:
    connect_payments()
    intent = an_intent()
    empty = an_intent()
    PaymentIntent.objects.filter(pk=empty.pk).update(client={})
    former, new = list(settings.FIELD_ENCRYPTION_KEYS), Fernet.generate_key().decode()
    stored = raw()
    settings.FIELD_ENCRYPTION_KEYS = [new, *former]

    counted = rotate(shop_a, "--dry-run")
    assert (counted, raw()) == ((0, f"{shop_a.slug}: 2 rows would be encrypted anew"), stored)
    assert rotate(shop_a) == (0, f"{shop_a.slug}: 2 rows encrypted anew")
    assert rotate(shop_a) == (0, f"{shop_a.slug}: 0 rows encrypted anew")

    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert PaymentAccount.objects.get().secrets["secret_key"] == "sk_test_test"
    assert PaymentIntent.objects.get(pk=intent.pk).client == {
        "client_secret": "pi_secret_must_not_show"
    }
    assert PaymentIntent.objects.get(pk=empty.pk).client == {}


def test_a_key_that_was_taken_away_too_early_is_said(shop_a: TestShop, settings: object) -> None:
    connect_payments()
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    code, _ = rotate(shop_a)

    assert code == 3
    with pytest.raises(InvalidToken):
        reencrypt(writes=False)


def test_every_encrypted_column_is_known() -> None:
    assert {(table, column) for table, _, column in encrypted_columns()} >= {
        ("payments_paymentaccount", "secrets"),
        ("payments_paymentintent", "client_secret"),
    }
