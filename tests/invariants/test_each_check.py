"""Each check sees its invariant broken, names the row, and keeps silent about all others."""

import re

import pytest

from apps.shared.invariants.declare import declared
from apps.shared.invariants.examine import Examined, examine_shop
from tests.architecture.sources import ROOT
from tests.invariants import (
    breaks_of_captures,
    breaks_of_money,
    breaks_of_orders,
    breaks_of_the_rest,
)
from tests.invariants.breaking import BREAKS, Break
from tests.invariants.busy import BusyShop

WRITTEN = (breaks_of_captures, breaks_of_money, breaks_of_orders, breaks_of_the_rest)
# Ids as the API and the admin do not write them, and values that are not there.
RAW = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|\bNone\b")
# Seen in data, by one check or another; the others are promises about answers, which tests hold.
SEEN = """
    ORDER-001 ORDER-002 ORDER-003 ORDER-004 ORDER-005 ORDER-006 ORDER-007 ORDER-008
    CART-001 CART-002 CART-003
    STOCK-001 STOCK-002 STOCK-003 STOCK-004 STOCK-005 STOCK-006
    PAY-001 PAY-002 PAY-004 PAY-005 PAY-006 PAY-007 PAY-008
    REF-001 REF-002 REF-003 REF-004 REF-005 REF-006 REF-007 REF-008
    FIN-001 FIN-002 FIN-003 FIN-004 FIN-005 FIN-006
    IDEM-001 IDEM-005 IDEM-006 IDEM-007
    REPORT-001
"""


def unwell(busy: BusyShop) -> dict[str, Examined]:
    found = examine_shop(now=busy.now, most=1_000)
    assert [one.error for one in found if one.error] == []
    return {one.invariant.name: one for one in found if not one.is_well}


def test_a_healthy_busy_shop_breaks_none(busy: BusyShop) -> None:
    assert {name: one.found.sample for name, one in unwell(busy).items()} == {}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=lambda one: one.check)
def test_a_broken_invariant_is_seen_with_its_row(busy: BusyShop, broken: Break) -> None:
    row = broken.spoil(busy)

    found = unwell(busy)

    assert set(found) == {broken.check, *broken.also}
    seen = found[broken.check].found
    assert row in [one.row for one in seen.sample], seen
    assert all(one.expected != one.found for one in seen.sample)
    assert seen.count == len(seen.sample) <= 2
    told = [text for one in seen.sample for text in (one.row, one.expected, one.found)]
    assert not [text for text in told if RAW.search(text)]


def test_every_check_is_proved() -> None:
    """Whoever declares a check shows here that it sees."""
    assert len(WRITTEN) == 4
    assert {one.name for one in declared()} == set(BREAKS)


def test_the_runbook_says_what_to_do() -> None:
    lines = (ROOT / "docs" / "runbooks" / "invariants.md").read_text().splitlines()
    for one in declared():
        told = [line for line in lines if line.startswith(f"| `{one.name}`")]
        assert len(told) == 1, one.name
        assert told[0].count(" | ") == 3, one.name
        assert one.title in told[0], one.name


def test_every_invariant_that_data_can_show_has_a_check() -> None:
    known = {key for one in declared() for key in one.ids}
    assert set(SEEN.split()) - known == set()
    assert {f"INV {number}" for number in range(1, 9)} - known == {"INV 6"}
