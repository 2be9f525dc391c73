"""How far shops' schemas are: shown to who may see it, tried again by who may change it."""

from django.conf import settings

from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.models import DomainEvent, EventDelivery
from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tenants import handlers
from tenants.events import MigrationRetried
from tenants.fingerprints import code_fingerprint
from tenants.models import ShopMigration, Tenant
from tenants.states import MigrationState
from tests.admin.browser import Browser, platform_operator, signed_in
from tests.admin.rows import a_shop_migration

LIST = "/admin/tenants/shopmigration/"


def _colleague(*rights: str) -> Browser:
    from django.contrib.auth.models import Permission

    with use_schema(PUBLIC):
        person = User.objects.create_user("colleague@platform.example", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=rights))
        return signed_in(settings.PLATFORM_DOMAIN, person)


def _try_again(browser: Browser, row: ShopMigration) -> str:
    chosen = {"action": "try_again", "_selected_action": [str(row.pk)]}
    return browser.post(LIST, chosen, follow=True).content.decode()


def test_the_list_is_filtered_by_state_and_tells_what_went_wrong(db: None) -> None:
    row, browser = a_shop_migration(), platform_operator()

    failed = browser.get(f"{LIST}?state__exact=failed").content.decode()
    assert row.tenant.slug in failed
    assert "ProgrammingError: &lt;b&gt;no&lt;/b&gt; such column" in failed
    assert "in line 1" not in failed
    assert row.tenant.slug not in browser.get(f"{LIST}?state__exact=done").content.decode()
    page = browser.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "in line 1" in page
    assert 'name="_save"' not in page


def test_a_shop_is_tried_again_on_record(db: None) -> None:
    row = a_shop_migration()

    assert "1 shops are tried again." in _try_again(platform_operator(), row)

    row.refresh_from_db()
    assert row.state == MigrationState.WAITING
    entry = AuditEntry.objects.get(action="tenants.migration_retried")
    assert (entry.target_id, entry.actor[:10]) == (row.tenant.public_id, "staff:stf_")
    assert entry.before == {"state": "failed", "step": "orders.0099_odd"}
    event = DomainEvent.objects.get(name="tenants.migration.retried")
    assert event.payload["schema_name"] == row.tenant.schema_name
    delivery = EventDelivery.objects.get(event=event)
    assert (delivery.subscriber, delivery.queue) == ("tenants.migrate_lagging_shop", "bulk")


def test_one_that_is_up_to_date_is_left_alone(db: None) -> None:
    row = a_shop_migration()
    Tenant.objects.filter(pk=row.pk).update(fingerprint=code_fingerprint())

    assert "1 are up to date" in _try_again(platform_operator(), row)

    assert not DomainEvent.objects.filter(name="tenants.migration.retried").exists()
    assert not AuditEntry.objects.filter(action="tenants.migration_retried").exists()


def test_who_may_only_look_cannot_try_again(db: None) -> None:
    row, browser = a_shop_migration(), _colleague("view_shopmigration")

    assert row.tenant.slug in browser.get(LIST).content.decode()
    _try_again(browser, row)

    row.refresh_from_db()
    assert row.state == MigrationState.FAILED
    assert not DomainEvent.objects.filter(name="tenants.migration.retried").exists()


def test_the_worker_brings_it_up_to_date_and_once_more_does_no_harm(committed_shop) -> None:
    with use_schema(PUBLIC):
        tenant = Tenant.objects.get(slug=committed_shop.slug)
    event = MigrationRetried(tenant_id=str(tenant.pk), schema_name=tenant.schema_name)
    from django.db import connection

    with use_schema(PUBLIC), connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA {tenant.schema_name} IS 'old'")
    for _ in range(2):
        handlers.migrate_lagging_shop(event, key="1")

    with use_schema(PUBLIC):
        assert ShopMigration.objects.get(pk=tenant.pk).state == MigrationState.DONE
        tenant.refresh_from_db()
        assert tenant.fingerprint == code_fingerprint()
