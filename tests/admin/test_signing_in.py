"""Who gets into which admin, and what strangers see."""

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from apps.shared.schema import PUBLIC, use_schema
from apps.staff.models import User
from tests.admin.browser import Browser, owner_of, signed_in, staff_of
from tests.admin.rows import a_customer
from tests.support.shops import OWNER_PASSWORD, TestShop

LOGIN = "/admin/login/"


def _log_in(browser: Browser, email: str, password: str = OWNER_PASSWORD) -> HttpResponse:
    return browser.post(LOGIN, {"username": email, "password": password, "next": "/admin/"})


def _is_in(browser: Browser) -> bool:
    return browser.get("/admin/").status_code == 200


def test_the_owner_signs_in_whatever_the_case_of_the_address(shop_a: TestShop) -> None:
    for email in (shop_a.owner_email, shop_a.owner_email.upper(), shop_a.owner_email.title()):
        browser = Browser(shop_a.domain)
        assert _log_in(browser, email).status_code == 302
        assert _is_in(browser)


def test_wrong_or_strange_credentials_are_refused_with_a_page(shop_a: TestShop) -> None:
    browser = Browser(shop_a.domain)
    for email, password in (
        (shop_a.owner_email, "wrong"),
        ("nobody@example.com", OWNER_PASSWORD),
        ("\x00", OWNER_PASSWORD),
        ("straße@\u0130.example", OWNER_PASSWORD),
        ("%", "%"),
        ("", ""),
    ):
        answer = _log_in(browser, email, password)
        assert answer.status_code == 200
        assert "errornote" in answer.content.decode()
    assert not _is_in(browser)


def test_staff_of_one_shop_cannot_sign_in_elsewhere(shop_a: TestShop, shop_b: TestShop) -> None:
    for host in (shop_b.domain, settings.PLATFORM_DOMAIN):
        browser = Browser(host)
        assert _log_in(browser, shop_a.owner_email).status_code == 200
        assert not _is_in(browser)


def test_a_session_of_one_host_is_nothing_to_another(shop_a: TestShop, shop_b: TestShop) -> None:
    with use_schema(shop_b.schema):
        owner_of_b = User.objects.get(email=shop_b.owner_email)
    assert User.objects.get(email=shop_a.owner_email).pk == owner_of_b.pk, "same key, other person"
    browser = owner_of(shop_a)
    assert _is_in(browser)
    for host in (shop_b.domain, settings.PLATFORM_DOMAIN):
        elsewhere = Browser(host)
        elsewhere.client.cookies = browser.client.cookies
        answer = elsewhere.get("/admin/")
        assert answer.status_code == 302
        assert answer["Location"].startswith(LOGIN)


def test_a_session_cookie_is_sent_to_its_own_host_only(shop_a: TestShop) -> None:
    browser = Browser(shop_a.domain)
    cookie = _log_in(browser, shop_a.owner_email).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["domain"] == ""
    assert cookie["httponly"]


def test_someone_who_is_switched_off_is_out_at_once(shop_a: TestShop) -> None:
    person = staff_of(shop_a, "manager")
    browser = signed_in(shop_a.domain, person)
    assert _is_in(browser)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not _is_in(browser)


def test_customers_are_no_staff(shop_a: TestShop) -> None:
    browser = Browser(shop_a.domain)
    assert _log_in(browser, a_customer().email, "anything").status_code == 200
    assert not _is_in(browser)


def test_the_platform_signs_in_its_own_people(db: None) -> None:
    with use_schema(PUBLIC):
        User.objects.create_superuser("Operator@Platform.example", "password-of-theirs")
    browser = Browser(settings.PLATFORM_DOMAIN)
    answer = _log_in(browser, "operator@platform.EXAMPLE", "password-of-theirs")
    assert answer.status_code == 302
    assert "Galleria platform" in browser.get("/admin/").content.decode()


def test_forms_need_their_token_and_work_on_a_port_without_trusted_origins(
    shop_a: TestShop,
) -> None:
    host = f"{shop_a.domain}:8000"
    browser = Browser(host)
    browser.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    values = {"username": shop_a.owner_email, "password": OWNER_PASSWORD, "next": "/admin/"}
    refused = browser.post(LOGIN, values)
    assert refused.status_code == 403
    assert refused["Content-Type"].startswith("text/html")
    browser.get(LOGIN)
    values["csrfmiddlewaretoken"] = browser.client.cookies["csrftoken"].value
    with use_schema(shop_a.schema):
        answer = browser.client.post(
            LOGIN, values, headers={"host": host, "origin": f"http://{host}"}
        )
    assert answer.status_code == 302
    with use_schema(shop_a.schema):
        foreign = browser.client.post(
            LOGIN, values, headers={"host": host, "origin": "http://evil.example"}
        )
    assert foreign.status_code == 403


def test_a_forgotten_slash_is_added(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    assert browser.get("/admin")["Location"] == "/admin/"
    assert browser.get("/admin/catalog/product")["Location"] == "/admin/catalog/product/"
    assert Browser(settings.PLATFORM_DOMAIN).get("/admin")["Location"] == "/admin/"


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(
    shop_a: TestShop,
) -> None:
    browser = owner_of(shop_a)
    for path in ("/admin/nowhere/", "/admin/nowhere", "/admin/catalog/nothing/1/change/"):
        page = browser.get(path)
        assert page.status_code == 404
        assert page["Content-Type"].startswith("text/html")
        assert "Page not found" in page.content.decode()
    elsewhere = browser.get("/nowhere")
    assert elsewhere.status_code == 404
    assert elsewhere["Content-Type"] == "application/problem+json"


def test_strangers_learn_nothing_but_the_shops_name(shop_a: TestShop) -> None:
    browser = Browser(shop_a.domain)
    for path in ("/admin/", "/admin/orders/order/", "/admin/nowhere/", "/admin/jsi18n/"):
        assert browser.get(path)["Location"].startswith(LOGIN), path
    assert f"Shop {shop_a.slug}" in browser.get(LOGIN).content.decode()


def test_each_page_carries_the_name_of_its_shop(shop_a: TestShop, shop_b: TestShop) -> None:
    assert f"Shop {shop_a.slug}" in owner_of(shop_a).get("/admin/").content.decode()
    with use_schema(shop_b.schema):
        page = owner_of(shop_b).get("/admin/").content.decode()
    assert f"Shop {shop_b.slug}" in page
    assert shop_a.slug not in page
