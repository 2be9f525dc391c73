"""kill -9 in a backup or a restore: nothing usable is there, and the next one works."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from apps.shared.schema import PUBLIC, use_schema
from config.local.folders import PROJECT
from tenants.models import Tenant
from tests.backup.shops import back_up, but_settled, entries, fill, restore, sums
from tests.support import databases
from tests.support.shops import drop_shop
from tests.support.waiting import eventually
from tests.tenancy.catalogue import exists

NAME = "killed backup"


def killed(where: str, number: int, *command: str) -> None:
    """Run a command in a process of its own, which is killed there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.backup.killed", where, str(number), *command],
        cwd=PROJECT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": databases.url_of(str(connection.settings_dict["NAME"])),
            "PRIVATE_MEDIA_ROOT": settings.PRIVATE_MEDIA_ROOT,
            "MEDIA_ROOT": settings.MEDIA_ROOT,
            "PGAPPNAME": NAME,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    eventually(all_gone, seconds=30, what="its connections are gone")


def all_gone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE application_name = %s", [NAME]
        )
        return bool(cursor.fetchone()[0] == 0)


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("tenants.backup.snapshot.Snapshot.rows", 20),
        ("tenants.backup.snapshot.Snapshot.structure", 2),
        ("tenants.backup.write.SealingWriter.finish", 1),
    ],
)
def test_a_killed_backup_is_no_backup(committed_shop, tmp_path, where, number):
    fill(committed_shop)
    before = sums(committed_shop.schema)
    killed(where, number, "tenant_backup", committed_shop.slug, "--to", str(tmp_path))
    assert list(tmp_path.glob("*.backup")) == []
    assert entries("tenant.backed_up", committed_shop.slug) == []
    for partial in tmp_path.glob("*.partial"):
        assert b"Tea" not in partial.read_bytes()
        with pytest.raises(CommandError, match=r"cut|no backup"):
            restore(str(partial), "--dry-run")

    restore(back_up(committed_shop, tmp_path), "--as", f"copy-{committed_shop.slug}", "--dry-run")

    assert sums(committed_shop.schema) == before


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("tenants.backup.load.fill", 30),
        ("tenants.backup.load.compare", 1),
        ("tenants.backup.read.Backup._expect_digest", 1),
        ("tenants.services._restore_tenant.open_restored_shop", 1),
        ("commit", 1),
    ],
)
def test_a_killed_restore_is_no_shop(committed_shop, tmp_path, where, number):
    """Killed just before the commit, its files are in place; the next restore sets them aside."""
    fill(committed_shop)
    before = sums(committed_shop.schema)
    address = back_up(committed_shop, tmp_path)
    drop_shop(committed_shop)

    killed(where, number, "tenant_restore", address)

    assert not exists(committed_shop.schema)
    with use_schema(PUBLIC):
        assert not Tenant.objects.filter(slug=committed_shop.slug).exists()
    assert entries("tenant.restored", committed_shop.slug) == []

    restore(address)

    assert but_settled(sums(committed_shop.schema)) == but_settled(before)
    assert not list(Path(settings.PRIVATE_MEDIA_ROOT).glob(".restoring-*"))


def test_one_killed_between_loading_and_migrating_is_begun_anew(committed_shop, tmp_path):
    """A schema that no shop is in, marked as unfinished."""
    from django.core.management import call_command

    fill(committed_shop)
    with use_schema(PUBLIC):
        call_command(
            *("migrate_schemas", "notifications", "0002"),
            schema_name=committed_shop.schema,
            verbosity=0,
        )
    before = sums(committed_shop.schema)["orders_order"]
    address = back_up(committed_shop, tmp_path)
    drop_shop(committed_shop)
    killed("tenants.services._restore_tenant.migrate_forward", 1, "tenant_restore", address)
    assert exists(committed_shop.schema)
    with use_schema(PUBLIC):
        assert not Tenant.objects.filter(slug=committed_shop.slug).exists()

    restore(address)

    assert sums(committed_shop.schema)["orders_order"] == before
    assert not list(Path(settings.PRIVATE_MEDIA_ROOT).glob(".restoring-*"))
