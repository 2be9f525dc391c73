"""What orders and books say of a shop's days (docs/adr/0026-figures-are-recounted.md).

Days are a shop's own: they begin at midnight of its time zone, by Python's knowledge of zones,
which is the admin's as well.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from apps.reports.dto import Figured, Figures
from apps.shared.schema import current_schema

DAY = timedelta(days=1)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The shop's day that a moment belongs to."""
    return moment.astimezone(zone).date()


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a shop's day."""
    return datetime.combine(day, time.min, zone)


def true_figures(*, first: date, last: date, zone: ZoneInfo) -> Figured:
    """The figures of the days from `first` to `last`, both included: one statement, one moment."""
    days = [first + DAY * number for number in range((last - first).days + 1)]
    schema = connection.ops.quote_name(current_schema())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT width_bucket(fact.at, %(bounds)s::timestamptz[]) AS day, fact.currency,
                sum(placed)::bigint, sum(paid)::bigint, sum(gross)::bigint, sum(tax)::bigint,
                sum(refunds)::bigint, sum(refunded)::bigint
            FROM (
                SELECT placed_at AS at, currency, 1 AS placed, 0 AS paid, 0::bigint AS gross,
                    0::bigint AS tax, 0 AS refunds, 0::bigint AS refunded
                FROM {schema}.orders_order
                WHERE placed_at >= %(since)s AND placed_at < %(until)s
                UNION ALL
                SELECT paid_at, currency, 0, 1, total_amount - reduction_amount,
                    -- The tax that is charged, as apps.shared.money.share has it.
                    CASE WHEN reduction_amount = 0 THEN tax_amount + included_tax_amount
                        ELSE div((tax_amount + included_tax_amount)::numeric
                            * (total_amount - reduction_amount), total_amount)::bigint END, 0, 0
                FROM {schema}.orders_order
                WHERE paid_at >= %(since)s AND paid_at < %(until)s
                UNION ALL
                SELECT created_at, currency, 0, 0, 0, 0, 1, amount
                FROM {schema}.finance_financialtransaction
                WHERE kind = 'debit' AND NOT is_dispute
                    AND created_at >= %(since)s AND created_at < %(until)s
                UNION ALL
                SELECT back.created_at, back.currency, 0, 0, 0, 0, -1, -back.amount
                FROM {schema}.finance_financialtransaction AS back
                JOIN {schema}.finance_financialtransaction AS debit
                    ON debit.kind = 'debit' AND debit.source_id = back.source_id
                WHERE back.kind = 'credit' AND NOT back.is_dispute
                    AND back.created_at >= %(since)s AND back.created_at < %(until)s
            ) AS fact
            GROUP BY 1, 2
            """,  # noqa: S608 - the schema's name, quoted
            {
                "bounds": [beginning_of(day, zone) for day in days],
                "since": beginning_of(first, zone),
                "until": beginning_of(last + DAY, zone),
            },
        )
        found = {(days[row[0] - 1], row[1]): Figures(*row[2:]) for row in cursor.fetchall()}
    return {key: figures for key, figures in found.items() if figures != Figures()}


def first_and_last_fact() -> tuple[datetime, datetime] | None:
    """When the first thing happened that counts, and when the last; None when nothing has."""
    schema = connection.ops.quote_name(current_schema())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT min(at), max(at) FROM (
                SELECT placed_at AS at FROM {schema}.orders_order
                UNION ALL SELECT paid_at FROM {schema}.orders_order
                UNION ALL SELECT created_at FROM {schema}.finance_financialtransaction
            ) AS fact
            """  # noqa: S608 - the schema's name, quoted
        )
        first, last = cursor.fetchone()
    return None if first is None else (first, last)
