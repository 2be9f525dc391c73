"""`manage.py invariants`, and the same by the clock."""

import json
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.shared.invariants.declare import declared
from apps.shared.invariants.models import InvariantResult
from apps.shared.schema import PUBLIC, use_schema
from apps.shared.tasks import TaskWithoutTenant
from config.celery import app
from tenants import tasks
from tenants.management.commands import invariants as command
from tenants.selectors import active_schemas
from tests.invariants.busy import BusyShop, run
from tests.invariants.test_examine import alerts  # noqa: F401 - a fixture
from tests.support.shops import TestShop


def ask(*arguments: str) -> tuple[str, str]:
    """What was printed, and what it exits with ("" when all is well)."""
    out = StringIO()
    try:
        call_command("invariants", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


@pytest.fixture
def calm(busy: BusyShop, monkeypatch: pytest.MonkeyPatch) -> BusyShop:
    """The busy shop at the moment when all had happened: nobody works off its events later."""
    for module in (command, tasks):
        monkeypatch.setattr(module.clock, "now", lambda: busy.now)
    return busy


def kept() -> set[str]:
    with use_schema(PUBLIC):
        return set(InvariantResult.objects.values_list("schema_name", flat=True))


def test_a_shop_that_is_well(calm: BusyShop) -> None:
    told, error = ask("--tenant", calm.shop.slug)

    assert error == ""
    assert told.startswith(f"{calm.shop.schema}: {len(declared())} checks, 0 not well, ")
    assert len(told.splitlines()) == 1
    assert kept() == {calm.shop.schema}


def test_what_is_broken_is_named_and_the_exit_says_so(calm: BusyShop) -> None:
    run("UPDATE inventory_stockmovement SET actor = ''")
    movements = run("SELECT count(*) FROM inventory_stockmovement")

    told, error = ask("--tenant", calm.shop.slug, "--rows", "2")

    assert error == "1 checks are not well"
    lines = told.splitlines()
    name = "inventory.movements_follow_the_table"
    assert lines[1] == f"  {name} (STOCK-004): {movements} rows broken"
    assert lines[3].startswith("    stock movement ")
    assert "expected a change that goes with its reason" in lines[3]
    assert lines[5:] == [f"    and {movements - 2} more"]


def test_json_is_all_that_is_printed(calm: BusyShop) -> None:
    run("UPDATE orders_order SET closed_at = now() WHERE id = %s", calm.sold.pk)

    told, error = ask("--tenant", calm.shop.slug, "--format", "json")

    assert error == "1 checks are not well"
    (shop,) = json.loads(told)["shops"]
    assert (shop["shop"], shop["is_checked"]) == (calm.shop.schema, True)
    assert len(shop["checks"]) == len(declared())
    (broken,) = [one for one in shop["checks"] if one["violations"]]
    assert broken["check"] == "orders.times_agree_with_states"
    assert broken["ids"] == ["ORDER-002", "ORDER-005"]
    assert [one["row"] for one in broken["rows"]] == [calm.sold.public_id]


def test_a_check_that_cannot_be_run_is_no_success(
    calm: BusyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = declared(only="STOCK-005")[0]

    def fail(shop: object) -> None:
        raise ZeroDivisionError

    object.__setattr__(broken, "check", fail)
    monkeypatch.undo()
    try:
        told, error = ask("--tenant", calm.shop.slug, "--only", "STOCK-005")
    finally:
        object.__setattr__(broken, "check", getattr(_module_of(broken), broken.name.split(".")[1]))
    assert "ZeroDivisionError" in told
    assert error == "1 checks are not well"


def _module_of(one: Any) -> Any:
    from apps.refunds.invariants import effects

    return effects


def test_a_few_checks_can_be_asked_for_and_are_not_kept(calm: BusyShop) -> None:
    told, error = ask("--tenant", calm.shop.slug, "--only", "PAY-008")

    assert error == ""
    assert ": 2 checks, 0 not well" in told
    assert kept() == set()
    assert "STOCK-004" in ask("--list")[0]
    assert ask("--only", "STOCK-999")[1] == "There is no check “STOCK-999”; see --list."


def test_an_unknown_shop_is_refused(db: None) -> None:
    assert "nowhere" in ask("--tenant", "nowhere")[1]


def test_all_active_shops_have_their_turn(calm: BusyShop, shop_b: TestShop) -> None:
    told, error = ask()

    assert error == ""
    assert kept() == set(active_schemas()) >= {calm.shop.schema, shop_b.schema}
    assert len(told.splitlines()) == len(active_schemas())


def test_a_shop_that_cannot_be_checked_is_told_of_and_stops_no_other(
    calm: BusyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "active_schemas", lambda: ["shop_nowhere", calm.shop.schema])

    told, error = ask("--format", "json")

    assert error.endswith("not well")
    assert "1 checks" not in error
    nowhere, ours = json.loads(told)["shops"]
    assert (nowhere["shop"], len(nowhere["checks"])) == ("shop_nowhere", len(declared()))
    assert all(one["error"] for one in nowhere["checks"])
    assert not any(one["error"] for one in ours["checks"])


def test_the_night_s_work_keeps_and_tells(
    calm: BusyShop,
    alerts: list[dict[str, Any]],  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    run("UPDATE orders_order SET closed_at = now() WHERE id = %s", calm.sold.pk)

    shops = ["shop_nowhere", calm.shop.schema]
    unwell = tasks.check_invariants_in_shops(schema_name="public", shops=shops)

    assert unwell == len(declared()) + 1
    assert calm.shop.schema in kept()
    ours = [one["job"] for one in alerts if one["schema_name"] == calm.shop.schema]
    assert ours == ["invariants:orders.times_agree_with_states"]
    assert "invariant.violated" in [one.message for one in caplog.records]


def test_the_fan_out_is_for_active_shops_and_the_bulk_queue(
    calm: BusyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []

    def note(**options: Any) -> None:
        sent.append(options)

    monkeypatch.setattr(tasks.check_invariants_in_shops, "apply_async", note)
    with use_schema(PUBLIC):
        InvariantResult.objects.create(
            schema_name="shop_gone", check_name="x", violations=3, checked_at=calm.now
        )

    assert tasks.check_invariants_everywhere(schema_name="public") == 1
    today = calm.now.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
    assert sent[0]["kwargs"] == {
        "schema_name": "public",
        "shops": active_schemas(),
        "period": today,
    }
    assert sent[0]["expires"] > 3_600
    assert "shop_gone" not in kept()
    assert sent[0]["queue"] == "bulk"
    with pytest.raises(TaskWithoutTenant):
        tasks.check_invariants_everywhere()


def test_beat_asks_for_it_every_night() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["check-invariants"]
    assert entry["task"] == tasks.check_invariants_everywhere.name
    assert entry["task"] in app.tasks
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3, 4, 5, 6, 7}, {30})
    assert entry["options"]["queue"] == "bulk"
