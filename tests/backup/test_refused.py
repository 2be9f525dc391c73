"""A backup that is not whole, or has no place here, changes nothing and leaves nothing."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection

from apps.shared.schema import PUBLIC, use_schema
from tenants.backup import structure
from tenants.backup.errors import CannotRestore
from tenants.models import Tenant
from tests.backup.shops import back_up, entries, fill, private_folder, restore, sums
from tests.support.shops import drop_shop
from tests.tenancy.catalogue import dump, exists


@pytest.fixture
def backup(committed_shop, tmp_path):
    """Of a shop that is lost."""
    fill(committed_shop)
    address = Path(back_up(committed_shop, tmp_path / "backups"))
    drop_shop(committed_shop)
    return address


def assert_nothing_is_left(shop, tmp_path):
    assert not exists(shop.schema)
    with use_schema(PUBLIC):
        assert not Tenant.objects.filter(slug=shop.slug).exists()
    assert entries("tenant.restored", shop.slug) == []
    assert not list(tmp_path.glob("*/.restoring-*"))
    assert not list(tmp_path.glob("*/.before-restore-*"))


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize("cut", [0.0, 0.1, 0.5, 0.95, 1.0])
def test_one_that_was_cut_off(committed_shop, backup, tmp_path, cut, options):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * cut) - (cut == 1.0)])
    with pytest.raises(CommandError):
        restore(str(backup), *options)
    assert_nothing_is_left(committed_shop, tmp_path)


@pytest.mark.parametrize("at", [0, 30, 10_000, -1])
def test_one_with_another_bit(committed_shop, backup, tmp_path, at):
    changed = bytearray(backup.read_bytes())
    changed[at] ^= 1
    backup.write_bytes(changed)
    with pytest.raises(CommandError):
        restore(str(backup))
    assert_nothing_is_left(committed_shop, tmp_path)


def test_one_of_another_key(committed_shop, backup, tmp_path, settings):
    settings.BACKUP_ENCRYPTION_KEYS = ["b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMDA="]
    with pytest.raises(CommandError, match="which sealed it"):
        restore(str(backup))
    assert_nothing_is_left(committed_shop, tmp_path)


def test_one_whose_rows_arrive_otherwise(committed_shop, backup, tmp_path, monkeypatch):
    """The comparison is of what is in the tables, not of what was sent there."""
    from tenants.backup import load

    fill_table = load.fill

    def fill_and_spoil(schema, part, passed):
        fill_table(schema, part, passed)
        if part.head["name"] == "orders_order":
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {schema}.orders_order SET email = 'other@example.com'")

    monkeypatch.setattr(load, "fill", fill_and_spoil)
    with pytest.raises(CommandError, match="orders_order"):
        restore(str(backup))
    assert_nothing_is_left(committed_shop, tmp_path)


def test_no_file_and_no_backup(committed_shop, backup, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        restore(str(backup) + "x")
    backup.write_bytes(b"PK" * 10_000)
    with pytest.raises(CommandError, match="no backup"):
        restore(str(backup))
    assert_nothing_is_left(committed_shop, tmp_path)


def test_one_of_a_newer_version(committed_shop, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {committed_shop.schema}.django_migrations (app, name, applied)"
            " VALUES ('orders', '9999_of_tomorrow', now())"
        )
    address = back_up(committed_shop, tmp_path)
    drop_shop(committed_shop)
    with pytest.raises(CommandError, match="9999_of_tomorrow"):
        restore(address)
    assert_nothing_is_left(committed_shop, tmp_path)


def test_a_name_that_is_in_use(committed_shop, tmp_path):
    fill(committed_shop)
    before, files = dump(committed_shop.schema), sorted(private_folder(committed_shop).rglob("*"))
    address = back_up(committed_shop, tmp_path)
    for options in ((), ("--as", committed_shop.slug), ("--as", "test-a"), ("--dry-run",)):
        with pytest.raises(CommandError, match="already"):
            restore(address, *options)
    for name in ("www", "x", "a_b", "public; drop schema public"):
        with pytest.raises(CommandError, match="short name"):
            restore(address, "--as", name)
    assert dump(committed_shop.schema) == before
    assert sorted(private_folder(committed_shop).rglob("*")) == files


def test_a_schema_that_is_nobodys_is_left_alone(committed_shop, backup):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {committed_shop.schema}")
        cursor.execute(f"CREATE TABLE {committed_shop.schema}.precious (id int)")
    with pytest.raises(CommandError, match="schema"):
        restore(str(backup))
    assert list(sums(committed_shop.schema)) == ["precious"]


def test_a_failed_migration_leaves_nothing(committed_shop, backup, tmp_path, monkeypatch):
    from tenants.services import _restore_tenant

    def fail(schema):
        raise RuntimeError("the migration failed")

    monkeypatch.setattr(_restore_tenant, "has_all_migrations", lambda names: False)
    monkeypatch.setattr(_restore_tenant, "migrate_forward", fail)
    with pytest.raises(RuntimeError, match="migration"):
        restore(str(backup))
    assert_nothing_is_left(committed_shop, tmp_path)


def test_a_backup_that_cannot_be_made(committed_shop, tmp_path, settings):
    with pytest.raises(CommandError, match="no shop"):
        back_up(type(committed_shop)(slug="nobody"), tmp_path)
    settings.PG_DUMP = "/bin/false"
    with pytest.raises(CommandError, match="pg_dump"):
        back_up(committed_shop, tmp_path)
    settings.BACKUP_ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="BACKUP_ENCRYPTION_KEYS"):
        back_up(committed_shop, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="file"):
        back_up(committed_shop, tmp_path / "file")
    assert [one.name for one in tmp_path.iterdir() if one.suffix in (".backup", ".partial")] == []
    assert entries("tenant.backed_up", committed_shop.slug) == []


def test_a_name_that_text_cannot_tell_apart_is_kept():
    dump = "CREATE SCHEMA shop_tea;\nCREATE TABLE shop_tea.shop_tea (shop_tea.id int);\n"
    with pytest.raises(CannotRestore, match="keeps its name"):
        structure.renamed(dump, old="shop_tea", new="shop_b")
    assert structure.renamed(dump, old="shop_tea", new="shop_tea") == dump


def test_only_the_schema_is_renamed():
    dump = (
        "CREATE SCHEMA shop_a;\n"
        "CREATE TABLE shop_a.shop_address (xshop_a.y int, t text DEFAULT 'shop_a');\n"
        "    SET search_path TO 'shop_a', 'public'\n"
        "ALTER TABLE ONLY shop_a.t ADD FOREIGN KEY (x) REFERENCES shop_a.shop_address(id);\n"
        "SELECT nextval('shop_a.t_id_seq'::regclass);\n"
    )
    assert structure.renamed(dump, old="shop_a", new="shop_b") == (
        "CREATE SCHEMA shop_b;\n"
        "CREATE TABLE shop_b.shop_address (xshop_a.y int, t text DEFAULT 'shop_a');\n"
        "    SET search_path TO 'shop_b', 'public'\n"
        "ALTER TABLE ONLY shop_b.t ADD FOREIGN KEY (x) REFERENCES shop_b.shop_address(id);\n"
        "SELECT nextval('shop_b.t_id_seq'::regclass);\n"
    )
