"""A report as lines of CSV."""

from collections.abc import Iterator, Mapping

from apps.reconciliation.dto import Difference
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
)
Row = tuple[str, ...]


def csv_rows(
    *,
    tenant: str,
    provider: str,
    day: str,
    figures: Mapping[str, Mapping[str, int]],
    differences: tuple[Difference, ...],
) -> Iterator[Row]:
    """The day's sums by currency (kinds `captured` and `refunded`), then each difference.

    Amounts in minor units, ids as the API writes them.
    """
    start = (tenant, provider, day)
    for currency, sums in figures.items():
        for kind in ("captured", "refunded"):
            amounts = (str(sums[f"provider_{kind}"]), str(_local(sums, kind)))
            yield (*start, kind, "", currency, *amounts, "", "", "", "")
    for one in differences:
        yield (
            *start,
            str(one.kind),
            one.reference,
            one.currency,
            "" if one.provider_amount is None else str(one.provider_amount),
            "" if one.local_amount is None else str(one.local_amount),
            public_id("pay", one.payment_id) if one.payment_id else "",
            public_id("ref", one.refund_id) if one.refund_id else "",
            public_id("ord", one.order_id) if one.order_id else "",
            one.outcome,
        )


def _local(sums: Mapping[str, int], kind: str) -> int:
    """What books and orphans say together."""
    side = "credits" if kind == "captured" else "debits"
    return sums[side] + sums[f"orphans_{kind}"]
