"""Raw SQL names its tables with their schema, or it is known by name (T7, TEN-007).

An unqualified name means whatever the search path happens to be: in the wrong schema it reads
another shop's rows.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, last_name, of_sample, violations

_RUNS_SQL = frozenset({"execute", "executemany", "raw", "extra", "RawSQL", "RunSQL", "offenders"})
_TABLE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?|ONLY|TRUNCATE)\s+"
    r"(?!SELECT\b|ONLY\b|TABLE\b|SET\b|SKIP\b|OF\b|\(|LATERAL\b|unnest\b|generate_series\b)"
    r"(\"?[\w{}%]++\"?(?:\.\"?[\w{}%]++\"?)?+)(?!\s*\()",
    re.IGNORECASE,
)
_STATE_WRITE = re.compile(
    r"\bSET\b[^;]*\b(status|payment_status|fulfillment_status|closed)\s*=", re.I
)

# Files whose SQL cannot be read here or need not be qualified, and why.
ALLOWED = {
    "apps/shared/fast_sql.py": "runs what its callers made; they are looked at where they are",
    "tenants/fleet/scripts.py": "runs what ran in the template, in the shop that it is set to",
    "tenants/backup/load.py": "writes schemas and tables: the names are its subject, each quoted",
    "tenants/backup/snapshot.py": "reads whatever tables there are: each quoted",
    "tenants/backup/tables.py": "reads whatever tables there are: each quoted",
    "tenants/template.py": "writes schemas: the names are its subject, each quoted",
}


def unqualified_sql(source: Source) -> Iterator[str]:
    """SQL whose tables are not qualified, and SQL that cannot be seen at all."""
    if source.path in ALLOWED:
        return
    constants = _module_constants(source)
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and last_name(node.func) in _RUNS_SQL and node.args):
            continue
        text = _text(node.args[0], constants)
        if text is None:
            yield source.at(node, "runs SQL that is made elsewhere")
            continue
        for table in _TABLE.findall(text):
            if "." not in table:
                yield source.at(node, f"names {table} without its schema")
        if _STATE_WRITE.search(text):
            yield source.at(node, "writes a state column")


def _module_constants(source: Source) -> dict[str, str]:
    """Module-level names of strings; an f-string's holes are written as {}."""
    found: dict[str, str] = {}
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = _text(node.value, found)
            if text is not None:
                found[node.targets[0].id] = text
    return found


def _text(node: ast.AST, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else "{}" for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, constants), _text(node.right, constants)
        return None if left is None or right is None else left + right
    return None


def test_raw_sql_names_its_schema():
    assert violations(unqualified_sql) == []


def test_every_exception_is_still_needed():
    from tests.architecture.sources import product

    existing = {one.path for one in product()}
    assert set(ALLOWED) - existing == set()


@pytest.mark.parametrize(
    "statement",
    [
        'cursor.execute("SELECT * FROM orders_order")',
        'cursor.execute("select 1 from orders_order o join public.t on true")',
        'cursor.execute("INSERT INTO orders_order VALUES (1)")',
        'cursor.execute("UPDATE orders_order SET number = 1")',
        'cursor.execute("DELETE FROM orders_order")',
        'cursor.execute("TRUNCATE orders_order")',
        'cursor.execute(f"SELECT * FROM {table}")',
        "cursor.execute(make_sql())",
        'Order.objects.raw("SELECT * FROM orders_order")',
        'Order.objects.extra({"n": "SELECT count(*) FROM orders_line"})',
        'cursor.execute("UPDATE shop_a.orders_order SET status = %s")',
        'QUERY = "SELECT * FROM orders_order"\ncursor.execute(QUERY)',
    ],
)
def test_the_rule_can_fail(statement):
    assert of_sample(unqualified_sql, statement) >= 1


@pytest.mark.parametrize(
    "statement",
    [
        'cursor.execute("SELECT 1")',
        'cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [1])',
        'cursor.execute("SELECT * FROM public.tenants_tenant")',
        'cursor.execute("SELECT nspname FROM pg_catalog.pg_namespace")',
        "cursor.execute(f'SELECT count(*) FROM {schema}.orders_order')",
        'cursor.execute("SELECT * FROM unnest(%s)", [ids])',
        'cursor.execute("SELECT extract(epoch FROM now())")',
        'cursor.execute("SELECT id FROM public.t FOR UPDATE SKIP LOCKED")',
        "dictionary.copy()",
    ],
)
def test_the_rule_lets_clear_sql_pass(statement):
    assert of_sample(unqualified_sql, statement) == 0
