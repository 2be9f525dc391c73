"""`manage.py tenants` and `manage.py platform_keys`: the same services, from a terminal."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.shared.audit.models import AuditEntry
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tenants import selectors
from tenants.models import PlatformKey, Provisioning, Tenant, TenantDeletion
from tenants.states import TenantStatus
from tests.support.client import ShopClient
from tests.support.shops import TestShop
from tests.tenancy.catalogue import exists

CREATE = (
    *("tenants", "create", "kyoto-tea", "--name", "Kyoto Tea", "--currency", "JPY"),
    *("--country", "JP", "--owner", "owner@tea.example"),
)


def run(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=out)
    return out.getvalue()


def refused(*command: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        run(*command)
    return error.value.returncode, str(error.value)


def test_a_shop_is_made(db: None) -> None:
    told = run(*CREATE)

    assert told.startswith("kyoto-tea: ready on kyoto-tea.")
    assert ShopClient(TestShop("kyoto-tea").domain).get("products").status_code == 200
    entry = AuditEntry.objects.get(action="tenants.tenant_requested", after__slug="kyoto-tea")
    assert entry.actor.startswith("tenants:")
    assert entry.origin == "command"


def test_the_owners_password_comes_by_standard_input(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct-horse-battery\n"))

    run(*CREATE, "--password-stdin")

    with use_schema("shop_kyoto_tea"):
        assert User.objects.get().check_password("correct-horse-battery")


def test_trying_only_makes_nothing(db: None) -> None:
    assert run(*CREATE, "--dry-run") == "kyoto-tea: would be made; nothing was changed\n"

    assert not Tenant.objects.filter(slug="kyoto-tea").exists()
    assert not Provisioning.objects.filter(slug="kyoto-tea").exists()
    assert not exists("shop_kyoto_tea")


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("slug", "currency", "because"),
    [
        ("www", "JPY", "is not reserved"),
        ("test-a", "JPY", "exists already"),
        ("tea", "XXX", "ISO 4217"),
    ],
)
def test_what_cannot_be_is_refused_with_1(
    db: None, slug: str, currency: str, because: str, dry: tuple[str, ...]
) -> None:
    command = [{"kyoto-tea": slug, "JPY": currency}.get(one, one) for one in CREATE]
    code, told = refused(*command, *dry)
    assert code == 1
    assert because in told


def test_a_command_line_that_cannot_be_meant(db: None) -> None:
    for command in (
        ("tenants",),
        ("tenants", "create"),
        ("tenants", "delete", "x", "--days", "-1"),
    ):
        with pytest.raises((CommandError, SystemExit)):
            run(*command)


def test_help_names_examples_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("tenants", "platform_keys"):
        with pytest.raises(SystemExit) as ended:
            call_command(name, "--help")
        assert ended.value.code == 0
        assert "exit codes: 0 done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("steps", "told", "status"),
    [
        ("suspend", "suspended", "suspended"),
        ("suspend resume", "active", "active"),
        ("archive", "archived", "archived"),
        ("delete restore", "kept", "active"),
    ],
)
def test_steps(shop_a: TestShop, steps: str, told: str, status: str) -> None:
    for step in steps.split():
        last = run("tenants", step, shop_a.slug, "--why", "because")
    assert last == f"{shop_a.slug}: {told}\n"
    assert selectors.tenant_by_slug(slug=shop_a.slug).status == status
    with use_schema(PUBLIC):
        assert AuditEntry.objects.latest("id").why == "because"


@pytest.mark.parametrize("step", ["suspend", "archive", "delete", "rename"])
def test_trying_a_step_only_changes_nothing(shop_a: TestShop, step: str) -> None:
    more = ["other-name"] if step == "rename" else []
    with use_schema(PUBLIC):
        before = AuditEntry.objects.count()

    told = run("tenants", step, shop_a.slug, *more, "--dry-run")

    assert told.endswith("nothing was changed\n")
    assert selectors.tenant_by_slug(slug=shop_a.slug).status == TenantStatus.ACTIVE
    with use_schema(PUBLIC):
        assert AuditEntry.objects.count() == before
        assert not TenantDeletion.objects.exists()


def test_steps_that_are_refused(shop_a: TestShop) -> None:
    for dry in ((), ("--dry-run",)):
        assert refused("tenants", "resume", shop_a.slug, *dry)[0] == 1
        assert refused("tenants", "suspend", "nobody", *dry)[0] == 1
        assert refused("tenants", "rename", shop_a.slug, "www", *dry)[0] == 1


def test_a_shop_is_renamed_and_deleted(shop_a: TestShop) -> None:
    assert run("tenants", "rename", shop_a.slug, "osaka") == f"{shop_a.slug}: renamed to osaka\n"
    assert "closed; gone after" in run("tenants", "delete", "osaka", "--days", "3")

    shown: dict[str, Any] = json.loads(run("tenants", "show", "osaka", "--format", "json"))

    assert shown["status"] == "deleting"
    assert shown["deletes_at"]
    assert "osaka" in run("tenants", "list", "--status", "deleting")
    assert run("tenants", "show", shown["id"]).startswith(shown["id"])
    assert run("tenants", "sweep") == "0 made ready, 0 deleted\n"


def test_a_key_is_made_listed_and_revoked(db: None) -> None:
    told = run("platform_keys", "create", "ci", "--scope", "tenants:read")
    key = PlatformKey.objects.get()
    token = told.splitlines()[-1]
    assert token.startswith("skp_")
    assert token.endswith(key.ending)

    listed = run("platform_keys", "list")
    assert key.public_id in listed
    assert token not in listed

    run("platform_keys", "revoke", key.public_id, "--dry-run")
    key.refresh_from_db()
    assert key.revoked_at is None
    run("platform_keys", "revoke", key.public_id, "--why", "lost")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "revoked" in run("platform_keys", "list")
    assert refused("platform_keys", "revoke", "ten_1")[0] == 1
    assert refused("platform_keys", "revoke", f"plk_{'0' * 32}")[0] == 1


def test_trying_to_make_a_key_makes_none(db: None) -> None:
    told = run("platform_keys", "create", "ci", "--scope", "tenants:read", "--dry-run")
    assert "skp_" not in told
    assert not PlatformKey.objects.exists()
