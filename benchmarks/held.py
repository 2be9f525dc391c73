"""Leaving the documents of paid orders out of a measurement, for as long as that is wanted.

What follows the payment of an order (invoice, PDF, mail) is written as ever and not due for a day.
The product runs as it is: a trigger in the shops that are measured puts the deliveries off.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from benchmarks.shops import BenchShop

_PUT_OFF = """
CREATE TABLE public.bench_holding (since timestamptz NOT NULL);
CREATE FUNCTION public.bench_put_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.bench_holding) THEN
        NEW.due_at := now() + interval '1 day';
        -- Or the worker whose handler emits it would go on with it.
        NEW.state := 'pending';
        NEW.attempts := 0;
    END IF;
    RETURN NEW;
END
$$;
"""
# There from the beginning, and not made when it is wanted: that would void all plans.
_WATCH = """
CREATE TRIGGER bench_put_off BEFORE INSERT ON {schema}.outbox_eventdelivery
FOR EACH ROW WHEN (NEW.subscriber IN ({subscribers})) EXECUTE FUNCTION public.bench_put_off()
"""


def make_holdable(shops: Sequence[BenchShop]) -> None:
    """Prepare the shops for `held`."""
    from apps.orders.events import OrderPaid
    from apps.shared.outbox.emit import wanted_by

    subscribers = ", ".join(f"'{one.key}'" for one in wanted_by(OrderPaid))
    with connection.cursor() as cursor:
        cursor.execute(_PUT_OFF)
        for shop in shops:
            cursor.execute(_WATCH.format(schema=shop.schema, subscribers=subscribers))


@contextmanager
def held() -> Iterator[None]:
    """What orders that are paid in the block would bring about stays undone, for good."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO public.bench_holding VALUES (now())")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM public.bench_holding")
