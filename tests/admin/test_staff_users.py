"""Staff of a shop: its owners decide who they are and what they may do."""

from typing import Any

import pytest

from apps.shared.schema import use_schema
from apps.staff.models import User
from tests.admin.browser import Browser, form_of, owner_of, signed_in, staff_of
from tests.support.shops import TestShop

LIST = "/admin/staff/user/"
PASSWORD = "correct-horse-battery"


def _role(name: str) -> str:
    from django.contrib.auth.models import Group

    return str(Group.objects.get(name=name).pk)


def _new(**values: Any) -> dict[str, Any]:
    return {
        "email": "Dara@Staff.Example",
        "name": "Dara",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": [_role("fulfilment")],
        **values,
    }


def _save(browser: Browser, person: User, **values: Any) -> int:
    path = f"{LIST}{person.pk}/change/"
    values = form_of(browser.get(path)) | values
    return browser.post(path, {name: v for name, v in values.items() if v is not None}).status_code


def test_an_owner_takes_somebody_on_who_then_signs_in(shop_a: TestShop) -> None:
    assert owner_of(shop_a).post(f"{LIST}add/", _new()).status_code == 302
    person = User.objects.get(name="Dara")
    assert (person.is_staff, person.is_superuser) == (True, False)
    assert [group.name for group in person.groups.all()] == ["fulfilment"]
    browser = Browser(shop_a.domain)
    browser.post("/admin/login/", {"username": "dara@staff.example", "password": PASSWORD})
    assert browser.get("/admin/orders/order/").status_code == 200
    assert browser.get(LIST).status_code == 403


@pytest.mark.parametrize(
    "values",
    [
        {"email": "OWNER@test-a.example"},
        {"email": "no address"},
        {"password2": "another-password"},
        {"password1": "12345678", "password2": "12345678"},
        {"groups": []},
        {"groups": ["9999"]},
    ],
)
def test_what_is_wrong_is_refused_on_the_form(shop_a: TestShop, values: dict[str, Any]) -> None:
    assert owner_of(shop_a).post(f"{LIST}add/", _new(**values)).status_code == 200
    assert User.objects.count() == 1


def test_no_form_makes_a_superuser_or_gives_single_rights(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    sneaky = {"is_superuser": "on", "user_permissions": ["1"]}
    browser.post(f"{LIST}add/", _new(**sneaky))
    person = User.objects.get(name="Dara")
    assert _save(browser, person, **sneaky) == 302
    person.refresh_from_db()
    assert not person.is_superuser
    assert not person.user_permissions.exists()


@pytest.mark.parametrize("role", ["manager", "fulfilment", "support", "analyst"])
def test_only_owners_see_staff(shop_a: TestShop, role: str) -> None:
    person = staff_of(shop_a, role)
    browser = signed_in(shop_a.domain, person)
    for path in ("", "add/", f"{person.pk}/change/", f"{person.pk}/password/", "1/password/"):
        assert browser.get(LIST + path).status_code == 403
        assert browser.post(LIST + path, _new()).status_code == 403


def test_an_owner_sets_somebodys_password(shop_a: TestShop) -> None:
    person = staff_of(shop_a, "support")
    sent = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    answer = owner_of(shop_a).post(f"{LIST}{person.pk}/password/", sent | {"set-password": ""})
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_everybody_changes_their_own_password(shop_a: TestShop) -> None:
    person = staff_of(shop_a, "analyst")
    browser = signed_in(shop_a.domain, person)
    sent = {
        "old_password": "password-of-theirs",
        "new_password1": PASSWORD,
        "new_password2": PASSWORD,
    }
    assert browser.get("/admin/password_change/").status_code == 200
    assert browser.post("/admin/password_change/", sent).status_code == 302
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert browser.get("/admin/").status_code == 200


def test_no_page_shows_a_password_hash(shop_a: TestShop) -> None:
    person = User.objects.get()
    browser = owner_of(shop_a)
    for path in (LIST, f"{LIST}{person.pk}/change/", f"{LIST}{person.pk}/password/"):
        page = browser.get(path).content.decode()
        assert person.password not in page
        assert person.password.split("$")[-1][:6] not in page


def test_a_superuser_is_out_of_an_owners_reach(shop_a: TestShop) -> None:
    root = User.objects.create_superuser("root@staff.example", PASSWORD)
    browser = owner_of(shop_a)
    path = f"{LIST}{root.pk}/"
    assert browser.post(f"{path}change/", {"email": "mine@staff.example"}).status_code == 403
    assert browser.post(f"{path}password/", {"password1": "x"}).status_code == 403
    root.refresh_from_db()
    assert root.email == "root@staff.example"
    assert root.check_password(PASSWORD)


def test_staff_are_switched_off_and_not_deleted(shop_a: TestShop) -> None:
    person = staff_of(shop_a, "support")
    browser = owner_of(shop_a)
    assert browser.post(f"{LIST}{person.pk}/delete/", {"post": "yes"}).status_code == 403
    assert _save(browser, person, is_active=None) == 302
    person.refresh_from_db()
    assert not person.is_active


def test_a_shop_keeps_its_last_owner(shop_a: TestShop) -> None:
    owner = User.objects.get()
    browser = owner_of(shop_a)
    assert _save(browser, owner, is_active=None) == 200
    assert _save(browser, owner, groups=[_role("manager")]) == 200
    second = staff_of(shop_a, "owner")
    assert _save(browser, owner, groups=[_role("manager")]) == 302
    assert _save(signed_in(shop_a.domain, second), second, is_active=None) == 200
    second.refresh_from_db()
    assert second.is_active


def test_staff_of_another_shop_are_not_there(shop_a: TestShop, shop_b: TestShop) -> None:
    stranger = staff_of(shop_b, "support", email="stranger@b.example")
    with use_schema(shop_b.schema):
        for number in range(5):
            User.objects.create_user(f"more-{number}@b.example")
        last = User.objects.order_by("pk").last()
    assert last is not None
    browser = owner_of(shop_a)
    assert stranger.email not in browser.get(LIST).content.decode()
    assert browser.get(f"{LIST}{last.pk}/change/").status_code == 302
