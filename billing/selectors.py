"""What a shop's plan grants.

A plan *grants* the features that it names, each up to its `limit_value` (null: without limit; 0:
not at all). A shop without a subscription is not billed: everything is granted, without limit. A
limit that a plan does not name does not exist, so that a new one in the code closes no shop. How a
subscription stands (overdue, cancelled) decides on access, and is neither asked nor kept here.

Three places are asked in turn: this process (2 s), Valkey (600 s), the database (one statement).
What is kept in Valkey carries the generation in which it was read; every committed change of a
plan, feature or subscription begins a new one (`forget_plans`, called by billing.apps). A reader
that was slower than the change therefore keeps nothing that counts.
"""

import json
import time
from uuid import uuid4

from apps.shared.caching import recall, remember
from apps.shared.fast_sql import fetch_one

_Granted = dict[str, int | None]

_SECONDS = 600
_SECONDS_IN_PROCESS = 2.0
_MOST_IN_PROCESS = 10_000
_GENERATION = "billing:generation"

_PLAN_OF_SCHEMA = """
    SELECT coalesce(
        json_object_agg(feature.code, granted.limit_value) FILTER (WHERE feature.id IS NOT NULL),
        '{}'
    )::text
    FROM public.tenants_tenant AS tenant
    JOIN public.billing_subscription AS subscription ON subscription.tenant_id = tenant.id
    LEFT JOIN public.billing_planfeature AS granted ON granted.plan_id = subscription.plan_id
    LEFT JOIN public.billing_feature AS feature ON feature.id = granted.feature_id
    WHERE tenant.schema_name = %s
    GROUP BY subscription.id
"""

_in_process: dict[str, tuple[float, _Granted | None]] = {}


def has_feature(schema: str, code: str) -> bool:
    """Whether the plan of the shop in `schema` grants a feature."""
    granted = _granted(schema)
    return granted is None or granted.get(code, 0) != 0


def feature_limit(schema: str, code: str) -> int | None:
    """How many of it the plan of the shop in `schema` allows; None: without limit."""
    granted = _granted(schema)
    return None if granted is None else granted.get(code)


def forget_plans() -> None:
    """Make every process ask the database again: at once, but for what it knew 2 s ago.

    With Valkey down nothing can be told; what it kept then counts for up to 600 s when it is back.
    """
    _in_process.clear()
    remember(_GENERATION, uuid4().hex, seconds=None)


def _granted(schema: str) -> _Granted | None:
    """Feature code → limit; None without a subscription."""
    known = _in_process.get(schema)
    now = time.monotonic()
    if known is not None and now < known[0]:
        return known[1]
    granted = _from_valkey(schema)
    if len(_in_process) >= _MOST_IN_PROCESS:
        _in_process.clear()
    _in_process[schema] = (now + _SECONDS_IN_PROCESS, granted)
    return granted


def _from_valkey(schema: str) -> _Granted | None:
    key = f"billing:plan:{schema}"
    kept = recall([_GENERATION, key])
    generation = kept.get(_GENERATION)
    if generation is not None and kept.get(key, {}).get("generation") == generation:
        granted: _Granted | None = kept[key]["granted"]
        return granted
    if generation is None:
        generation = uuid4().hex
        remember(_GENERATION, generation, seconds=None)
    granted = _from_database(schema)
    remember(key, {"generation": generation, "granted": granted}, seconds=_SECONDS)
    return granted


def _from_database(schema: str) -> _Granted | None:
    row = fetch_one(_PLAN_OF_SCHEMA, (schema,))
    if row is None:
        return None
    granted: _Granted = json.loads(row[0])
    return granted
