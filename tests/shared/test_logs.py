"""Log lines carry the tenant, the request and the actor they belong to."""

import json
import logging
import sys
from datetime import UTC, datetime

import pytest

from apps.shared import context
from apps.shared.logs import ConsoleFormatter, JSONFormatter


def record(message: str = "order.paid", **extra: object):
    made = logging.makeLogRecord(
        {"name": "apps.orders", "levelno": logging.INFO, "levelname": "INFO"}
    )
    made.msg = message
    vars(made).update(extra)
    return made


def as_json(one: logging.LogRecord) -> dict[str, object]:
    text = JSONFormatter().format(one)
    assert "\n" not in text, "one line an event"
    return json.loads(text)


def test_a_line_says_when_what_where_and_for_whom(shop_a):
    with context.acting(request="req_1", as_actor="customer:7"):
        line = as_json(record(order="ord_1", amount=1999))

    time = datetime.fromisoformat(line.pop("time"))
    assert time.tzinfo == UTC
    assert line == {
        "level": "info",
        "logger": "apps.orders",
        "event": "order.paid",
        "tenant": shop_a.schema,
        "request_id": "req_1",
        "actor": "customer:7",
        "order": "ord_1",
        "amount": 1999,
    }


def test_context_ends_with_its_block():
    with context.acting(request="req_1", as_actor="staff:1"):
        with context.acting(as_actor="event:x"):
            assert (context.request_id.get(), context.actor.get()) == ("req_1", "event:x")
        assert context.actor.get() == "staff:1"
    assert (context.request_id.get(), context.actor.get()) == ("", "system")


def test_without_a_request_there_is_no_request_id(shop_a):
    assert "request_id" not in as_json(record())


def test_an_exception_is_part_of_the_line(shop_a):
    try:
        raise LookupError("not here")
    except LookupError:
        line = as_json(record(exc_info=sys.exc_info()))

    assert "LookupError: not here" in line["exception"]


@pytest.mark.parametrize(
    "odd",
    [object(), {1: 2}, 2**70, "\udcff", float("nan"), b"\xff", {"a": {"b": object()}}, {"x"}],
)
def test_an_odd_value_does_not_lose_the_line(shop_a, odd):
    line = as_json(record(value=odd))

    assert line["event"] == "order.paid"
    assert "value" in line


def test_extras_cannot_pretend_to_be_another_line(shop_a):
    line = as_json(record(event="order.refunded", level="fake", tenant="shop_x", time="now"))

    assert (line["event"], line["level"], line["tenant"]) == ("order.paid", "info", shop_a.schema)


def test_the_console_writes_for_people(shop_a):
    text = ConsoleFormatter().format(record("order.paid", order="ord_1"))

    assert text == f"info    order.paid tenant={shop_a.schema} actor=system order=ord_1"


def test_the_console_keeps_a_line_a_line(shop_a):
    text = ConsoleFormatter().format(record("broken", reason="a\nforged line"))

    assert len(text.splitlines()) == 1
