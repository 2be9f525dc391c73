"""Figures on the first page of a shop's admin."""

import re
from datetime import timedelta

import pytest

from apps.reports.models import DayFigures, Progress
from apps.shared import clock
from tests.admin.browser import Browser, owner_of, signed_in, staff_of
from tests.reports.trading import live_in
from tests.support.shops import TestShop


def figures(days_ago: int, currency: str = "USD", **more: int) -> None:
    usual = {
        "placed_count": 4,
        "paid_count": 3,
        "gross_amount": 12_345,
        "tax_amount": 100,
        "refund_count": 1,
        "refunded_amount": 50,
    }
    on = clock.now().date() - timedelta(days=days_ago)
    DayFigures.objects.create(on=on, currency=currency, **{**usual, **more})


def panel(browser: Browser) -> list[list[str]]:
    """The cells of the table, row by row."""
    page = browser.get("/admin/").content.decode()
    found = re.search(r'aria-labelledby="panel-sales">.*?</section>', page, re.DOTALL)
    assert found, page
    rows = re.findall(r"<tr>(.*?)</tr>", found[0], re.DOTALL)
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in rows
    ]


def test_today_a_week_and_a_month_by_currency(shop_a: TestShop) -> None:
    figures(0)
    figures(6)
    figures(7)
    figures(29, "EUR")
    figures(30)
    Progress.objects.create(time_zone="UTC", counted_until=clock.now())
    heading, *rows = panel(owner_of(shop_a))
    assert heading == [
        "Period",
        "Orders placed",
        "Orders paid",
        "Gross sales",
        "Tax in it",
        "Refunds",
        "Refunded",
    ]
    assert [row[1:] for row in rows if "EUR" in row[3]] == [
        ["0", "0", "0.00 EUR", "0.00 EUR", "0", "0.00 EUR"],
        ["0", "0", "0.00 EUR", "0.00 EUR", "0", "0.00 EUR"],
        ["4", "3", "123.45 EUR", "1.00 EUR", "1", "0.50 EUR"],
    ]
    assert [row[1:4] for row in rows if "USD" in row[3]] == [
        ["4", "3", "123.45 USD"],
        ["8", "6", "246.90 USD"],
        ["12", "9", "370.35 USD"],
    ]
    assert re.fullmatch(r"Today \(until .*(a\.m\.|p\.m\.|noon|midnight)\)", rows[1][0])


def test_a_new_shop_sees_noughts(shop_a: TestShop) -> None:
    live_in("Asia/Phnom_Penh")
    rows = panel(owner_of(shop_a))[1:]
    assert [row[0] for row in rows] == ["Today (not counted yet)", "7 days", "30 days"]
    assert {row[3] for row in rows} == {"0.00 USD"}


@pytest.mark.parametrize(
    ("role", "sees"),
    [("manager", True), ("analyst", True), ("fulfilment", False), ("support", False)],
)
def test_sales_are_for_those_who_may_see_the_books(shop_a: TestShop, role: str, sees: bool) -> None:
    page = signed_in(shop_a.domain, staff_of(shop_a, role)).get("/admin/").content.decode()
    assert ('id="panel-sales"' in page) is sees


def test_the_page_costs_the_same_however_many_days_there_are(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    browser.get("/admin/")
    few = len(browser.queries("/admin/"))
    for day in range(40):
        figures(day)
    assert len(browser.queries("/admin/")) == few
