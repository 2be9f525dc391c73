"""Log lines that carry the tenant and the request they belong to."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from apps.shared.context import actor, request_id

_OURS = frozenset({"time", "level", "logger", "event", "exception"})
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    from django.db import connection  # the registry may not be ready when this module is loaded

    context = {
        "tenant": getattr(connection, "schema_name", None),
        "request_id": request_id.get(),
        "actor": actor.get(),
    }
    extra = {
        # What a caller gives may not pass for what we know.
        f"extra_{key}" if key in _OURS or key in context else key: value
        for key, value in vars(record).items()
        if key not in _STANDARD
    }
    return {key: value for key, value in context.items() if value} | extra


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, event, context and extras."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:  # a lone surrogate, a huge integer, a key that is no string
            return json.dumps(line, default=str, skipkeys=True)


class ConsoleFormatter(logging.Formatter):
    """`level event key=value …`, for people."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={_on_one_line(value)}" for key, value in _fields(record).items())
        text = f"{record.levelname.lower():7} {record.getMessage()} {fields}".rstrip()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return text


def _on_one_line(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else repr(text)
