"""Options that cannot be meant are told in one message, and nothing is done."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.shared import clock
from apps.shared.invariants.models import InvariantResult
from apps.shared.schema import PUBLIC, use_schema
from tests.repair.running import repair
from tests.support.shops import TestShop

BOUNDS = "is no whole number from"


@pytest.mark.parametrize("command", ["events", "webhooks"])
@pytest.mark.parametrize("limit", ["-1", "0", "1e3", "٣", "9" * 30])
def test_a_limit_that_is_none(shop_a: TestShop, command: str, limit: str) -> None:
    run = repair("list", f"--limit={limit}", shop=shop_a, command=command)
    assert run.code == 1
    assert BOUNDS in run.hints


@pytest.mark.parametrize("trade", ["payments", "refunds"])
@pytest.mark.parametrize("minutes", ["99999999999", "-1"])
def test_an_age_that_is_none(shop_a: TestShop, trade: str, minutes: str) -> None:
    run = repair(trade, f"--older-than={minutes}", "--dry-run", shop=shop_a)
    assert run.code == 1
    assert BOUNDS in run.hints


@pytest.mark.parametrize("rows", ["-1", "0", "99999999999999999999"])
def test_rows_that_are_none_are_refused_and_nothing_is_kept(shop_a: TestShop, rows: str) -> None:
    with pytest.raises(CommandError, match=BOUNDS):
        call_command("invariants", "--tenant", shop_a.slug, f"--rows={rows}", stdout=StringIO())
    with use_schema(PUBLIC):
        assert not InvariantResult.objects.filter(schema_name=shop_a.schema).exists()


@pytest.mark.parametrize(
    ("command", "do", "more", "kind"),
    [
        ("events", "replay", (), "delivery"),
        ("events", "skip", ("--why", "x"), "delivery"),
        ("webhooks", "replay", (), "webhook"),
        ("repair", "deliveries", (), "delivery"),
        ("repair", "stock", (), "stock item"),
    ],
)
@pytest.mark.parametrize("key", ["abc", "٣", "9" * 30])
def test_an_id_that_is_none(
    shop_a: TestShop, command: str, do: str, more: tuple[str, ...], kind: str, key: str
) -> None:
    run = repair(do, "--id", key, *more, shop=shop_a, command=command)
    assert run.code == 1
    assert f"{key!r} is no {kind}: they are numbers, as the admin shows them" in run.hints


def test_all_webhooks_that_were_ever_worked_on_are_not_replayed(shop_a: TestShop) -> None:
    for wide in ((), ("--state", "processed"), ("--provider", "stripe")):
        run = repair("replay", "--even-processed", *wide, shop=shop_a, command="webhooks")
        assert (run.code, "replayed by id, type or time only" in run.hints) == (1, True)
    lately = (clock.now() - timedelta(hours=1)).isoformat()
    for narrow in (("--type", "x"), ("--since", lately)):
        run = repair("replay", "--even-processed", *narrow, shop=shop_a, command="webhooks")
        assert run.code == 0
