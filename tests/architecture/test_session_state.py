"""Nothing is left on a database session: a pooler hands it to whoever comes next (ADR 28)."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, of_sample, sources, violations

_STATE = re.compile(
    r"""
    ^\s*SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)\w+
    | ^\s*(?:LISTEN|UNLISTEN|PREPARE|DEALLOCATE|DISCARD|LOAD|RESET)\s+\w+
    | \bpg_(?:try_)?advisory_(?:lock|unlock)\w*\s*\(
    | \bCREATE\s+(?:LOCAL\s+|GLOBAL\s+)?TEMP(?:ORARY)?\b
    | \bDECLARE\b.*\bWITH\s+HOLD\b
    | \bset_config\s*\([^)]*,\s*false\s*\)
    """,
    re.VERBOSE | re.DOTALL,
)
# Where such a text is no statement of ours, and why.
ALLOWED = {
    "tenants/template.py": "what pg_dump writes, to be left out",
    "tenants/fleet/holding.py": "limits a session of its own, which ends with the block",
}


def session_state(source: Source) -> Iterator[str]:
    """SQL that changes what the session is, for longer than a transaction."""
    if source.path in ALLOWED:
        return
    prose = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(source.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in prose and _STATE.search(node.value):
            yield source.at(node, "leaves something on the session")


def test_nothing_is_left_on_a_session():
    checked = sources("apps", "billing", "tenants", "config")
    assert violations(session_state, checked) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET search_path = shop_a",
        "SET statement_timeout TO 100",
        "\n    SET ROLE owner",
        "LISTEN orders",
        "DISCARD ALL",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock(1)",
        "CREATE TEMP TABLE t (id int)",
        "CREATE TEMPORARY TABLE t (id int)",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "SELECT set_config('search_path', 'shop_a', false)",
    ],
)
def test_the_rule_can_fail(statement):
    assert of_sample(session_state, f"cursor.execute({statement!r})") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL lock_timeout = 100",
        "SET TRANSACTION READ ONLY",
        "UPDATE public.t SET token = 1",
        "SELECT pg_try_advisory_xact_lock(1)",
        "SELECT set_config('search_path', 'shop_a', true)",
        "SELECT pg_notify('orders', '')",
    ],
)
def test_the_rule_lets_transactions_pass(statement):
    assert of_sample(session_state, f"cursor.execute({statement!r})") == 0
