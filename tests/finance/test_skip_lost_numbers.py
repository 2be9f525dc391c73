"""FIN-003 after a restore: a number that somebody holds is not given to somebody else."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.finance import services
from apps.finance.errors import TooManyNumbersLost
from apps.finance.models import DocumentSequence, Invoice, LostNumbers
from apps.finance.states import DocumentKind
from apps.shared.invariants.declare import declared
from apps.shared.invariants.examine import examine_shop
from tests.support.shops import TestShop

from .orders import NOW, issued_invoice


def skip(last_number: int, *, kind: DocumentKind = DocumentKind.INVOICE) -> None:
    with transaction.atomic():
        services.skip_lost_numbers(kind=kind, year=NOW.year, last_number=last_number, now=NOW)


def gaps() -> int:
    [examined] = examine_shop(now=NOW, checks=declared(only="finance.numbers_have_no_gap"))
    assert examined.error is None or examined.error == ""
    return examined.found.count


def noted() -> list[tuple[str, int, int]]:
    return list(LostNumbers.objects.values_list("kind", "first_number", "last_number"))


def test_numbering_goes_on_after_what_was_given_out(shop_a: TestShop) -> None:
    issued_invoice()

    skip(4)
    skip(2, kind=DocumentKind.CREDIT_NOTE)

    issued_invoice()
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == [1, 5]
    assert noted() == [("invoice", 2, 4), ("credit_note", 1, 2)]
    assert gaps() == 0


def test_what_is_not_ahead_changes_nothing(shop_a: TestShop) -> None:
    issued_invoice()
    skip(1)
    assert noted() == []
    assert DocumentSequence.objects.get().last_number == 1


def test_a_mistyped_number_is_refused(shop_a: TestShop) -> None:
    with pytest.raises(TooManyNumbersLost):
        skip(100_001)
    assert not DocumentSequence.objects.exists()
    assert noted() == []


def test_the_check_finds_a_document_that_has_a_lost_number(shop_a: TestShop) -> None:
    issued_invoice()
    LostNumbers.objects.create(
        kind="invoice", year=NOW.year, first_number=1, last_number=1, noted_at=NOW
    )
    assert gaps() == 1


def test_lost_numbers_are_noted_for_good(shop_a: TestShop) -> None:
    skip(3)
    for statement in ("DELETE FROM", "UPDATE"):
        rest = " SET last_number = 9" if statement == "UPDATE" else ""
        with (
            pytest.raises(IntegrityError, match="for good"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{statement} {shop_a.schema}.finance_lostnumbers{rest}")
