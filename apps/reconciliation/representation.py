"""A report as lines of CSV."""

from collections.abc import Iterable, Iterator, Mapping

from apps.reconciliation.dto import BalanceLine, Difference
from apps.shared.ids import public_id

HEADINGS = (
    "tenant",
    "provider",
    "day",
    "kind",
    "reference",
    "currency",
    "provider_amount",
    "local_amount",
    "payment",
    "refund",
    "order",
    "outcome",
    "fee",
    "fee_tax",
    "payout",
)
Row = tuple[str, ...]
# Sums have neither payment, refund, order nor outcome.
_NOBODYS = ("", "", "", "")


def csv_rows(
    *,
    tenant: str,
    provider: str,
    day: str,
    figures: Mapping[str, Mapping[str, int]],
    differences: tuple[Difference, ...],
    lines: Iterable[BalanceLine] = (),
) -> Iterator[Row]:
    """The day's sums by currency (kinds `captured`, `refunded`, `fees`, `paid_out`), then each
    difference, then each capture and refund with its fee and its payout.

    Amounts in minor units, ids as the API writes them.
    """
    start = (tenant, provider, day)
    for currency, sums in figures.items():
        yield from ((*start, *row) for row in _sums(currency, sums))
    for one in differences:
        yield (*start, *_difference(one))
    for line in lines:
        yield (*start, *_line(line))


def _sums(currency: str, sums: Mapping[str, int]) -> Iterator[Row]:
    for kind in ("captured", "refunded"):
        amounts = (str(sums[f"provider_{kind}"]), str(_local(sums, kind)))
        yield (kind, "", currency, *amounts, *_NOBODYS, "", "", "")
    kept = str(sums["fees"] + sums["refund_fees"])
    yield ("fees", "", currency, "", "", *_NOBODYS, kept, str(sums["fee_tax"]), "")
    paid_out = (str(sums["paid_out"]), str(sums["paid_out_known"]))
    yield ("paid_out", "", currency, *paid_out, *_NOBODYS, "", "", "")


def _difference(one: Difference) -> Row:
    return (
        str(one.kind),
        one.reference,
        one.currency,
        _amount(one.provider_amount),
        _amount(one.local_amount),
        public_id("pay", one.payment_id) if one.payment_id else "",
        public_id("ref", one.refund_id) if one.refund_id else "",
        public_id("ord", one.order_id) if one.order_id else "",
        one.outcome,
        "",
        "",
        "",
    )


def _line(one: BalanceLine) -> Row:
    payment = public_id("pay", one.payment_id) if one.payment_id else ""
    of_it = (str(one.kind), one.reference, one.currency, str(one.amount), "")
    return (*of_it, payment, "", "", "", _amount(one.fee), str(one.tax), one.payout)


def _amount(amount: int | None) -> str:
    return "" if amount is None else str(amount)


def _local(sums: Mapping[str, int], kind: str) -> int:
    """What books and orphans say together."""
    side = "credits" if kind == "captured" else "debits"
    return sums[side] + sums[f"orphans_{kind}"]
