"""Roles are rows in each shop's schema, made when the shop is, and kept in line afterwards."""

from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.shared.schema import PUBLIC, use_schema
from apps.staff import services
from apps.staff.apps import bring_roles_up_to_date
from apps.staff.models import User
from apps.staff.roles import Role, shop_apps
from tests.support.shops import OWNER_PASSWORD, TestShop


def test_a_new_shop_has_its_roles_and_an_owner_who_is_no_superuser(shop_a: TestShop) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)
    owner = User.objects.get()
    assert (owner.email, owner.is_staff, owner.is_superuser) == (shop_a.owner_email, True, False)
    assert [group.name for group in owner.groups.all()] == [Role.OWNER]
    assert owner.check_password(OWNER_PASSWORD)


def test_an_owner_has_every_right_to_every_model_of_the_shop(shop_a: TestShop) -> None:
    owner = User.objects.get()
    of_the_shop = Permission.objects.filter(content_type__app_label__in=shop_apps())
    assert of_the_shop.count() > 80
    assert {"outbox", "orders", "staff"} < shop_apps()
    assert not {"relay", "tenants", "billing", "auth"} & shop_apps()
    assert owner.get_all_permissions() == {
        f"{one.content_type.app_label}.{one.codename}"
        for one in of_the_shop.select_related("content_type")
    }
    assert not owner.has_module_perms("tenants")
    assert not owner.has_module_perms("billing")


def test_the_platform_has_no_roles_of_shops(db: None) -> None:
    with use_schema(PUBLIC):
        assert not Group.objects.exists()


def test_syncing_twice_writes_nothing(shop_a: TestShop) -> None:
    with CaptureQueriesContext(connection) as captured:
        services.sync_roles()
    written = [
        one["sql"]
        for one in captured.captured_queries
        if one["sql"].startswith(("INSERT", "UPDATE", "DELETE")) and "ON CONFLICT" not in one["sql"]
    ]
    assert written == []
    assert len(captured.captured_queries) <= 6


def test_after_a_migration_owners_gain_what_is_new_and_others_lose_what_is_gone(
    shop_a: TestShop,
) -> None:
    from django.apps import apps

    owner, analyst = (Group.objects.get(name=role) for role in (Role.OWNER, Role.ANALYST))
    product = Permission.objects.get(codename="view_product")
    owner.permissions.remove(product)
    too_much = Permission.objects.get(codename="change_order")
    analyst.permissions.add(too_much)
    bring_roles_up_to_date(apps.get_app_config("notifications"), using="default")
    assert product in owner.permissions.all()
    assert too_much not in analyst.permissions.all()


def test_a_shop_made_without_a_password_has_an_owner_who_cannot_sign_in_yet(db: None) -> None:
    from apps.shared import clock
    from tenants.services import create_tenant

    create_tenant(
        slug="no-password",
        name="No password",
        currency="USD",
        country="US",
        owner_email="owner@no-password.example",
        owner_password=None,
        now=clock.now(),
    )
    with use_schema("shop_no_password"):
        assert not User.objects.get().has_usable_password()
