"""One provider or day that cannot be compared hides no other (FIN-005)."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.payments.errors import ProviderUnavailable
from apps.reconciliation import services
from apps.reconciliation.dto import Comparison
from apps.reconciliation.management.commands import reconcile as command
from apps.reconciliation.models import Reconciliation
from apps.reconciliation.services import _reconcile_due_days as nightly
from apps.shared import clock
from tests.support.shops import TestShop

BOTH = ["paypal", "stripe"]
Asked = list[tuple[str, date]]


def today() -> date:
    return clock.now().date()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Providers and days that answered; PayPal never does, nor does anybody of the oldest day."""
    answered: Asked = []

    def reconcile_day(*, provider: str, on: date, now: datetime, mends: bool = True) -> Comparison:
        if provider == "paypal" or on == today() - timedelta(days=5):
            raise ProviderUnavailable
        answered.append((provider, on))
        return Comparison(figures={}, differences=())

    monkeypatch.setattr(command.selectors, "providers_to_compare", lambda: BOTH)
    monkeypatch.setattr(command.services, "reconcile_day", reconcile_day)
    monkeypatch.setattr(nightly, "reconcile_day", reconcile_day)
    return answered


def differed(provider: str, days_ago: int, *, differences: int = 1) -> date:
    on = today() - timedelta(days=days_ago)
    Reconciliation.objects.create(
        provider=provider, on=on, run_at=clock.now(), figures={}, difference_count=differences
    )
    return on


def agreed(provider: str, days_ago: int) -> None:
    differed(provider, days_ago, differences=0)


def run(shop: TestShop, *arguments: str) -> Any:
    with pytest.raises(CommandError) as refused:
        call_command("reconcile", "--tenant", shop.slug, *arguments)
    return refused.value


def test_the_command_compares_the_others(
    shop_a: TestShop, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = run(shop_a)

    assert refused.returncode == 2
    assert asked == [("stripe", today() - timedelta(days=1))]
    assert "paypal: provider_unavailable" in capsys.readouterr().err


def test_the_night_goes_on_to_the_other_days_and_providers(shop_a: TestShop, asked: Asked) -> None:
    differed("stripe", 5)
    for days_ago in (4, 2):
        agreed("stripe", days_ago)
    still_open = differed("stripe", 3)

    with pytest.raises(ExceptionGroup) as failed:
        services.reconcile_due_days(now=clock.now())

    assert asked == [("stripe", today() - timedelta(days=1)), ("stripe", still_open)]
    assert len(failed.value.exceptions) == 2


def test_a_night_that_was_missed_is_made_up_for(shop_a: TestShop, asked: Asked) -> None:
    """Whatever was away: days between two reports are compared later."""
    agreed("stripe", 4)
    agreed("stripe", 2)

    with pytest.raises(ExceptionGroup):
        services.reconcile_due_days(now=clock.now())

    assert asked == [("stripe", today() - timedelta(days=days)) for days in (1, 3)]


def test_a_night_in_which_nobody_answers_is_told_as_that(
    shop_a: TestShop, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other shops are spared the wait for a provider that is down."""
    monkeypatch.setattr(command.selectors, "providers_to_compare", lambda: ["paypal"])

    with pytest.raises(ProviderUnavailable):
        services.reconcile_due_days(now=clock.now())


def test_a_file_that_cannot_be_written_is_told_before_the_work(
    shop_a: TestShop, asked: Asked, tmp_path: Path
) -> None:
    refused = run(shop_a, "--csv", str(tmp_path / "nowhere" / "x.csv"))

    assert (refused.returncode, asked) == (2, [])
    assert "cannot be written: No such file or directory" in str(refused)


def test_a_day_to_come_is_refused(shop_a: TestShop, asked: Asked) -> None:
    refused = run(shop_a, "--date", (today() + timedelta(days=1)).isoformat())

    assert "is yet to come" in str(refused)
    assert asked == []


def test_who_lists_no_money_is_not_asked_by_hand_either(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = ["bakong", *BOTH]
    monkeypatch.setattr("apps.payments.selectors.connected_providers", lambda: connected)
    assert command.selectors.providers_to_compare() == BOTH
