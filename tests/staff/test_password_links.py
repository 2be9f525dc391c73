"""A3: a password is set by a link: by its addressee, on the shop's host, once, in time."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from apps.notifications.models import Message
from apps.shared import caching, clock
from apps.shared.audit.models import AuditEntry
from apps.shared.outbox.models import DomainEvent
from apps.shared.schema import PUBLIC, use_schema
from apps.staff import selectors, services
from apps.staff.errors import PasswordLinkInvalid
from apps.staff.models import User
from tenants import services as tenants
from tests.admin.browser import Browser, owner_of, staff_of
from tests.notifications.conftest import Sink, smtp_sink
from tests.support.probe import deliver_due
from tests.support.shops import TestShop, use_shop
from tests.support.threads import outcomes, race

__all__ = ["smtp_sink"]
NEW = "correct-horse-battery"
ASK = "/admin/password/"
_LINK = re.compile(r"http://[^/\s]+(/admin/password/[0-9a-f]{32}/[\w-]+/)")


def deliver() -> None:
    """As the workers do, until nothing is left."""
    for _ in range(5):
        deliver_due(now=clock.now() + timedelta(minutes=1))


def ask(shop: TestShop, email: str) -> HttpResponse:
    return Browser(shop.domain).post(ASK, {"email": email})


def link_in(mail: Any) -> str:
    found = _LINK.search(mail.get_body(("plain",)).get_content())
    assert found is not None
    return found[1]


def follow(shop: TestShop, path: str, password: str = NEW) -> HttpResponse:
    """Open the link as a browser does, and send the form if there is one."""
    browser = Browser(shop.domain)
    answer = browser.get(path)
    if answer.status_code != 302:
        return answer
    form = {"new_password1": password, "new_password2": password}
    return browser.post(answer["Location"], form)


def may_sign_in(shop: TestShop, email: str, password: str = NEW) -> bool:
    browser = Browser(shop.domain)
    browser.post("/admin/login/", {"username": email, "password": password})
    return browser.get("/admin/").status_code == 200


def test_the_owner_of_a_new_shop_is_sent_a_link_and_gets_in(db: None, smtp_sink: Sink) -> None:
    tenant = tenants.create_tenant(
        slug="no-password",
        name="Kyoto Tea",
        currency="JPY",
        country="JP",
        owner_email="owner@tea.example",
        owner_password=None,
        now=clock.now(),
    )
    shop = TestShop(tenant.slug)
    with use_shop(shop):
        assert not User.objects.get().has_usable_password()
        deliver()
        [mail] = smtp_sink.mails
        assert (mail["To"], mail["Subject"]) == (
            "owner@tea.example",
            "Your shop Kyoto Tea is ready",
        )

        answer = follow(shop, link_in(mail))

        assert (answer.status_code, answer["Location"]) == (302, "/admin/login/")
        assert may_sign_in(shop, "owner@tea.example")
        owner = User.objects.get()
        entry = AuditEntry.objects.get(action="staff.password_set_by_link")
        assert (entry.actor, entry.target_id) == (owner.actor, owner.public_id)


def test_the_link_is_in_the_mail_alone(shop_a: TestShop, smtp_sink: Sink) -> None:
    """Support may read messages, and is not to become the owner by it."""
    ask(shop_a, shop_a.owner_email)
    deliver()

    token = link_in(smtp_sink.mails[0]).split("/")[-2]
    kept = str(list(Message.objects.values())) + str(list(DomainEvent.objects.values()))
    assert "password_link" in kept
    assert token not in kept
    html = smtp_sink.mails[0].get_body(("html",)).get_content()
    assert token in html


def test_who_forgot_a_password_sets_another(shop_a: TestShop, smtp_sink: Sink) -> None:
    page = Browser(shop_a.domain).get("/admin/login/").content.decode()
    assert f'href="{ASK}"' in page
    signed_in = owner_of(shop_a)
    ask(shop_a, shop_a.owner_email.upper())
    deliver()

    follow(shop_a, link_in(smtp_sink.mails[0]))

    assert may_sign_in(shop_a, shop_a.owner_email)
    assert signed_in.get("/admin/").status_code == 302, "older sessions are over"


def test_a_link_opens_once(shop_a: TestShop) -> None:
    path = selectors.password_path(email=shop_a.owner_email)
    follow(shop_a, path)

    again = follow(shop_a, path, "another-horse-battery")

    assert "link was invalid" in again.content.decode()
    assert may_sign_in(shop_a, shop_a.owner_email)


def test_of_two_who_use_a_link_at_once_one_sets_the_password(committed_shop: TestShop) -> None:
    path = selectors.password_path(email=committed_shop.owner_email)
    token, user = path.split("/")[-2], User.objects.get()

    def set_to(password: str) -> None:
        services.set_password(user_key=user.key, token=token, password=password, now=clock.now())

    words = ("first-horse", "second-horse", "third-horse")
    results = race(committed_shop, *[lambda word=word: set_to(word) for word in words])

    assert outcomes(results) == ["PasswordLinkInvalid"] * 2 + ["ok"]


def test_a_link_is_over_after_three_days(shop_a: TestShop, monkeypatch: pytest.MonkeyPatch) -> None:
    path, now = selectors.password_path(email=shop_a.owner_email), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=3, minutes=1))
    assert "link was invalid" in follow(shop_a, path).content.decode()


def test_a_link_of_one_shop_opens_nothing_in_another(shop_a: TestShop, shop_b: TestShop) -> None:
    """TEN-001: even for the same person with the same password hash and key."""
    path = selectors.password_path(email=shop_a.owner_email)
    owner = User.objects.get()
    with use_shop(shop_b):
        User.objects.update(
            key=owner.key,
            email=owner.email,
            password=owner.password,
            last_login=owner.last_login,
        )
        assert "link was invalid" in follow(shop_b, path).content.decode()


def test_a_link_is_its_addressees(shop_a: TestShop) -> None:
    other = staff_of(shop_a, "support")
    parts = selectors.password_path(email=other.email).split("/")
    parts[3] = User.objects.get(email=shop_a.owner_email).key.hex

    assert "link was invalid" in follow(shop_a, "/".join(parts)).content.decode()


@pytest.mark.parametrize("uid", ["0" * 32, "MQ", "x", "%00", "0" * 64])
def test_links_of_nobody(shop_a: TestShop, uid: str) -> None:
    answer = follow(shop_a, f"/admin/password/{uid}/abc-def/")
    assert "link was invalid" in answer.content.decode()


def test_a_weak_password_is_refused_and_the_link_stays_good(shop_a: TestShop) -> None:
    path = selectors.password_path(email=shop_a.owner_email)
    refused = follow(shop_a, path, "12345678")
    assert "too common" in refused.content.decode()

    assert follow(shop_a, path).status_code == 302


def test_known_and_unknown_addresses_are_answered_alike(shop_a: TestShop, smtp_sink: Sink) -> None:
    off = staff_of(shop_a, "support", email="off@staff.example", is_active=False)
    answers = [ask(shop_a, one) for one in (shop_a.owner_email, "nobody@x.example", off.email)]

    assert {(one.status_code, one["Location"]) for one in answers} == {
        (302, "/admin/password/asked/")
    }
    assert Browser(shop_a.domain).get(answers[0]["Location"]).status_code == 200
    assert DomainEvent.objects.filter(name="staff.password_link.requested").count() == 3
    deliver()
    assert [mail["To"] for mail in smtp_sink.mails] == [shop_a.owner_email]


@pytest.mark.parametrize("typed", ["m\u0131ke@staff.example", "MIKE@STAFF.EXAMPLE"])
def test_mail_goes_to_the_address_on_record(shop_a: TestShop, smtp_sink: Sink, typed: str) -> None:
    """A dotless i is an I in capitals: whose address that is, is somebody else."""
    staff_of(shop_a, "support", email="mike@staff.example")
    ask(shop_a, typed)
    deliver()

    assert {mail["To"] for mail in smtp_sink.mails} <= {"mike@staff.example"}


def test_somebody_switched_off_meanwhile_is_sent_nothing_and_sets_nothing(
    shop_a: TestShop, smtp_sink: Sink
) -> None:
    person = staff_of(shop_a, "support")
    path = selectors.password_path(email=person.email)
    ask(shop_a, person.email)
    deliver_due(now=clock.now() + timedelta(minutes=1))
    User.objects.filter(pk=person.pk).update(is_active=False)
    deliver()

    assert smtp_sink.mails == []
    assert Message.objects.get().status == "withdrawn"
    token = path.split("/")[-2]
    with pytest.raises(PasswordLinkInvalid):
        services.set_password(user_key=person.key, token=token, password=NEW, now=clock.now())


def test_who_asks_too_often_is_answered_alike_and_sends_nothing_more(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def count(key: str, *, seconds: int) -> int:
        counted.append(key)
        return len(counted)

    monkeypatch.setattr(caching, "count", count)
    answers = {ask(shop_a, shop_a.owner_email).status_code for _ in range(12)}
    assert answers == {302}
    assert DomainEvent.objects.filter(name="staff.password_link.requested").count() == 10
    assert set(counted) == {f"{shop_a.schema}:password_links:127.0.0.1"}


def test_the_platforms_host_has_no_such_page(db: None) -> None:
    from django.conf import settings

    with use_schema(PUBLIC):
        answer = Browser(settings.PLATFORM_DOMAIN).get(ASK)
        assert answer["Location"].startswith("/admin/login/")


def test_the_page_of_a_link_is_kept_by_nobody(shop_a: TestShop) -> None:
    answer = Browser(shop_a.domain).get(selectors.password_path(email=shop_a.owner_email))
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
