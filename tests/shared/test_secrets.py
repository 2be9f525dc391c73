"""Encryption at rest, with rotation; and tokens that open one object of one shop."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from apps.shared.api.tokens import access_token, token_opens
from apps.shared.encryption import EncryptedTextField, decrypt, encrypt
from apps.shared.ids import new_id
from tests.support.shops import use_shop


@given(st.text())
def test_text_goes_there_and_back(text):
    assert decrypt(encrypt(text)) == text


def test_the_same_text_is_never_encrypted_alike():
    assert encrypt("sk_test_1") != encrypt("sk_test_1")
    assert "sk_test_1" not in encrypt("sk_test_1")


def test_a_new_key_in_front_reads_what_the_old_one_wrote(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    written = encrypt("secret")

    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert decrypt(written) == "secret"
    rewritten = encrypt("secret")

    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert decrypt(rewritten) == "secret"
    with pytest.raises(InvalidToken):
        decrypt(written)


def test_a_changed_token_is_refused():
    written = encrypt("secret")
    changed = written[:-2] + ("A" if written[-2] != "A" else "B") + written[-1]
    with pytest.raises(InvalidToken):
        decrypt(changed)


def test_the_column_holds_a_token_and_the_object_the_text():
    field: models.Field = EncryptedTextField()

    stored = field.get_prep_value("sk_test_1")

    assert stored != "sk_test_1"
    assert field.from_db_value(stored, None, connection) == "sk_test_1"


@pytest.mark.parametrize("empty", ["", None])
def test_nothing_stays_nothing(empty):
    field = EncryptedTextField(null=True)

    assert field.get_prep_value(empty) == empty
    assert field.from_db_value(empty, None, connection) == empty


def test_every_secret_column_of_the_product_is_encrypted():
    from django.apps import apps

    telling = ("secret", "api_key", "private_key")
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if any(word in field.name for word in telling)
        and isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, EncryptedTextField)
    ]
    assert plain == []


def test_a_token_opens_its_object_and_no_other(shop_a, shop_b):
    mine, other = new_id(), new_id()
    token = access_token("cart", mine)

    assert len(token) == 64
    assert token_opens("cart", mine, token)
    assert not token_opens("cart", other, token)
    assert not token_opens("order", mine, token), "another purpose"
    with use_shop(shop_b):
        assert not token_opens("cart", mine, token), "another shop with the same id"
    assert token_opens("cart", mine, token)


@pytest.mark.parametrize("token", ["", " ", "x", "0" * 64, "é" * 64, "\udcff", "a" * 100_000])
def test_what_is_no_token_opens_nothing(shop_a, token):
    if token == "\udcff":
        token = token.encode("utf-8", "surrogateescape").decode("latin-1")
    assert not token_opens("cart", new_id(), token)


def test_upper_case_is_another_token(shop_a):
    value = new_id()
    token = access_token("cart", value)
    assert token_opens("cart", value, token.upper()) is (token == token.upper())


def test_a_former_secret_key_still_opens_until_it_is_taken_away(shop_a, settings):
    value = new_id()
    token = access_token("cart", value)
    former = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-next-one", [former]
    assert token_opens("cart", value, token)
    assert access_token("cart", value) != token

    settings.SECRET_KEY_FALLBACKS = []
    assert not token_opens("cart", value, token)
