"""List answers: newest first, in pages, by cursor."""

from typing import Any

from tests.simulator.providers.stripe.account import PROVIDER, Account, loads
from tests.simulator.providers.stripe.errors import invalid_parameter, no_such
from tests.simulator.providers.stripe.form import Params
from tests.simulator.web.message import JsonObject

LIMIT_DEFAULT, LIMIT_MAX = 10, 100
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class _Filter:
    """Collects conditions and their values."""

    def __init__(self, account: Account, kind: str) -> None:
        self.conditions = ["provider = ?", "account = ?", "kind = ?"]
        self.values: list[Any] = [PROVIDER, account.name, kind]

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values


def page(
    account: Account, kind: str, url: str, params: Params, equal: dict[str, Any] | None = None
) -> JsonObject:
    """Return the page of ``kind`` that ``params`` ask for. ``equal``: columns with fixed values."""
    limit = params.get("limit", LIMIT_DEFAULT)
    if not 1 <= limit <= LIMIT_MAX:
        raise invalid_parameter(
            f"This value must be between 1 and {LIMIT_MAX}.", "limit", "parameter_invalid_integer"
        )
    wanted = _Filter(account, kind)
    for column, value in (equal or {}).items():
        if isinstance(value, list):
            wanted.add(f"{column} IN ({', '.join('?' * len(value))})", *value)
        elif value is not None:
            wanted.add(f"{column} = ?", value)
    _add_created(wanted, params.get("created"))
    backwards = _add_cursor(account, wanted, params)
    rows = account.connection.execute(
        f"SELECT body FROM objects WHERE {' AND '.join(wanted.conditions)}"
        f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
        (*wanted.values, limit + 1),
    ).fetchall()
    data = [loads(row[0]) for row in rows[:limit]]
    if backwards:
        data.reverse()
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def _add_created(wanted: _Filter, created: dict[str, int] | int | None) -> None:
    if isinstance(created, int):
        wanted.add("created = ?", created)
    elif created:
        for name, value in created.items():
            wanted.add(f"created {_COMPARISONS[name]} ?", value)


def _add_cursor(account: Account, wanted: _Filter, params: Params) -> bool:
    """Add the condition of the cursor; whether the page is read towards newer objects."""
    after, before = params.get("starting_after", ""), params.get("ending_before", "")
    if after and before:
        raise invalid_parameter(
            "You can only use one of starting_after and ending_before.", "ending_before"
        )
    if not after and not before:
        return False
    row = account.connection.execute(
        "SELECT seq, kind FROM objects WHERE provider = ? AND account = ? AND id = ?",
        (PROVIDER, account.name, after or before),
    ).fetchone()
    kind = wanted.values[2]
    if row is None or row["kind"] != kind:
        raise no_such(kind, after or before, "starting_after" if after else "ending_before")
    wanted.add("seq < ?" if after else "seq > ?", row["seq"])
    return bool(before)
