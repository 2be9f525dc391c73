"""Every page of both admins opens, and costs the same whatever the number of rows."""

import re
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse

from apps.shared.schema import PUBLIC, use_schema
from config.admin_sites import platform_admin, shop_admin
from tests.admin.browser import Browser, owner_of, platform_operator
from tests.admin.rows import PLATFORM_ROWS, SHOP_ROWS
from tests.support.shops import TestShop

# Between tags: an id as Python writes it, or what Python says of nothing.
RAW = re.compile(r">[^<]*(?:[0-9a-f]{8}-[0-9a-f]{4}-|\bNone\b)[^<]*<")
SHOWN_AS_STORED = re.compile(r'<pre class="raw">.*?</pre>|<script.*?</script>', re.DOTALL)
NO_LIST = {"shop.shopsettings"}  # one row: its list leads to it
SHOP_MODELS = sorted(set(map(lambda m: m._meta.label_lower, shop_admin._registry)) - NO_LIST)
PLATFORM_MODELS = sorted(model._meta.label_lower for model in platform_admin._registry)


def _path(label: str, page: str, *arguments: Any, urlconf: str = "config.urls_tenant") -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", urlconf=urlconf, args=arguments)


def _expect(browser: Browser, path: str) -> str:
    """The page; what it shows are public ids, and dashes for what is not there."""
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    page = answer.content.decode()
    assert RAW.findall(SHOWN_AS_STORED.sub("", page)) == []
    return page


@pytest.mark.parametrize("label", SHOP_MODELS)
def test_each_list_and_page_of_a_shop_opens(shop_a: TestShop, label: str) -> None:
    row: Model = SHOP_ROWS[label]()
    browser = owner_of(shop_a)
    assert 'id="result_list"' in _expect(browser, _path(label, "changelist"))
    _expect(browser, _path(label, "change", row.pk))
    _expect(browser, _path(label, "history", row.pk))


@pytest.mark.parametrize("label", PLATFORM_MODELS)
def test_each_list_and_page_of_the_platform_opens(db: None, label: str) -> None:
    with use_schema(PUBLIC):
        row: Model = PLATFORM_ROWS[label]()
    browser = platform_operator()
    public = "config.urls_public"
    assert 'id="result_list"' in _expect(browser, _path(label, "changelist", urlconf=public))
    _expect(browser, _path(label, "change", row.pk, urlconf=public))


@pytest.mark.parametrize("label", sorted(SHOP_ROWS.keys() & set(SHOP_MODELS)))
def test_a_list_of_a_shop_costs_the_same_with_1_and_25_rows(shop_a: TestShop, label: str) -> None:
    browser = owner_of(shop_a)
    path = _path(label, "changelist")
    SHOP_ROWS[label]()
    few = browser.queries(path)
    for _ in range(24):
        SHOP_ROWS[label]()
    many = browser.queries(path)
    assert len(many) == len(few), "\n".join(many)


@pytest.mark.parametrize("label", PLATFORM_MODELS)
def test_a_list_of_the_platform_costs_the_same_with_1_and_25_rows(db: None, label: str) -> None:
    browser = platform_operator()
    path = _path(label, "changelist", urlconf="config.urls_public")
    with use_schema(PUBLIC):
        PLATFORM_ROWS[label]()
        few = browser.queries(path)
        for _ in range(24):
            PLATFORM_ROWS[label]()
        many = browser.queries(path)
    assert len(many) == len(few), "\n".join(many)


@pytest.mark.parametrize("label", SHOP_MODELS)
def test_each_list_of_a_shop_can_be_searched_and_filtered(shop_a: TestShop, label: str) -> None:
    SHOP_ROWS[label]()
    browser = owner_of(shop_a)
    page = _expect(browser, _path(label, "changelist"))
    model_admin = next(
        one for model, one in shop_admin._registry.items() if model._meta.label_lower == label
    )
    if model_admin.search_fields:
        assert 'id="searchbar"' in page
        found = browser.get(_path(label, "changelist"), q="nothing-has-this-name")
        assert found.status_code == 200
        assert " 0 " in found.content.decode().replace("\n", " ")
    for link in _filter_links(page):
        _expect(browser, f"{_path(label, 'changelist')}{link}")


def _filter_links(page: str) -> list[str]:
    _, _, sidebar = page.partition('id="changelist-filter"')
    return [part.partition('"')[0].replace("&amp;", "&") for part in sidebar.split('<a href="')[1:]]


def test_no_list_counts_the_whole_table(shop_a: TestShop) -> None:
    for site in (shop_admin, platform_admin):
        for model_admin in site._registry.values():
            assert model_admin.show_full_result_count is False


def test_idempotency_records_and_customers_tokens_have_no_pages() -> None:
    shown = {model._meta.label_lower for model in shop_admin._registry}
    assert not shown & {"idempotency.idempotencyrecord", "customers.customertoken", "auth.group"}
