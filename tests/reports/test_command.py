"""`manage.py reports rebuild`."""

from collections.abc import Callable
from datetime import date
from io import StringIO
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from apps.reports import services
from apps.reports.dto import Figures
from apps.reports.models import DayFigures
from tests.reports.trading import at, kept, place
from tests.support.goods import make_variant
from tests.support.shops import TestShop, use_shop

RIGHT = {(date(2026, 3, 3), "USD"): Figures(placed=1)}


@pytest.fixture
def wrong(shop_a: TestShop) -> TestShop:
    """A shop that sold one thing, and whose figures say seven."""
    place(make_variant(price=1000), now=at(3))
    services.rebuild_figures(now=at(4))
    DayFigures.objects.update(placed_count=7)
    return shop_a


def rebuild(*arguments: str) -> str:
    out = StringIO()
    call_command("reports", "rebuild", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_dry_run_shows_the_difference_and_leaves_it(wrong: TestShop) -> None:
    told = rebuild("--tenant", wrong.slug, "--dry-run")
    assert "2026-03-03 USD: 7 placed, 0 paid over 0" in told
    assert "-> 1 placed, 0 paid over 0" in told
    assert f"{wrong.schema}: 1 figures would change" in told
    assert kept() != RIGHT


def test_all_shops_are_counted_anew(wrong: TestShop, shop_b: TestShop) -> None:
    told = rebuild()
    assert f"{wrong.schema}: 1 figures changed" in told
    assert f"{shop_b.schema}: 0 figures changed" in told
    assert kept() == RIGHT


def test_days_can_be_chosen(wrong: TestShop) -> None:
    assert "0 figures changed" in rebuild("--tenant", wrong.slug, "--from", "2026-03-04")
    assert "0 figures changed" in rebuild("--tenant", wrong.slug, "--to", "2026-03-02")
    days = ("--from", "2026-03-03", "--to", "2026-03-03")
    assert "1 figures changed" in rebuild("--tenant", wrong.slug, *days)
    assert kept() == RIGHT


def test_a_shop_that_cannot_be_counted_fails_the_command_and_no_other_shop(
    wrong: TestShop, shop_b: TestShop
) -> None:
    def broken(*, schema: str) -> Callable[..., list[object]]:
        real = services.rebuild_figures

        def count(**arguments: object) -> list[object]:
            from apps.shared.schema import current_schema

            if current_schema() == schema:
                raise RuntimeError("no space left")
            return real(**arguments)  # type: ignore[arg-type, return-value]

        return count

    path = "apps.reports.management.commands.reports.services.rebuild_figures"
    with mock.patch(path, broken(schema=shop_b.schema)), pytest.raises(CommandError) as failed:
        rebuild()
    assert failed.value.returncode == 1
    with use_shop(wrong):
        assert kept() == RIGHT


@pytest.mark.parametrize(
    "arguments",
    [("--tenant", "no-such-shop"), ("--from", "2026-03-04", "--to", "2026-03-03")],
)
def test_what_makes_no_sense_is_refused(wrong: TestShop, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        rebuild(*arguments)
    assert refused.value.returncode == 1
    assert kept() != RIGHT
