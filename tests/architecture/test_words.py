"""Small rules about how things are written, each with a sample that breaks it."""

import ast
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import pytest

from tests.architecture.sources import (
    Source,
    imports,
    last_name,
    named,
    of_sample,
    sources,
    violations,
)

_VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "base_utils"})
_FACTORS = frozenset({100, 1000, 10_000})
_COUNTS_MILLISECONDS = frozenset({"apps/demo/http.py"})


def vague_name(source: Source) -> Iterator[str]:
    """A module named after nothing collects everything."""
    if _VAGUE & {part.removesuffix(".py").strip("_") for part in source.parts}:
        yield f"{source.path}: says nothing of what is in it"


def swallowed_exception(source: Source) -> Iterator[str]:
    """`except …: pass`, a bare `except:`, `suppress(Exception)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield source.at(node, "catches everything, even KeyboardInterrupt")
            if all(isinstance(one, ast.Pass) or _is_ellipsis(one) for one in node.body):
                yield source.at(node, "swallows an exception")
        is_suppress = isinstance(node, ast.Call) and last_name(node.func) == "suppress"
        if is_suppress and {named(one) for one in node.args} & {"Exception", "BaseException"}:
            yield source.at(node, "suppresses everything")


def _is_ellipsis(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and node.value.value is ...
    )


def upward_import(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.level > 1:
            yield source.at(node, "imports from above by dots")


def money_factor(source: Source) -> Iterator[str]:
    """A currency's exponent is asked of apps.shared.money: JPY has no cents, KWD has a thousand."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.BinOp) or source.path in _COUNTS_MILLISECONDS:
            continue
        scales = isinstance(node.op, ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow)
        if scales and any(_is_factor(one) for one in (node.left, node.right)):
            yield source.at(node, f"turns units by a literal: {ast.unparse(node)}")


def _is_factor(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        sides = (node.left, node.right)
        return all(isinstance(one, ast.Constant) for one in sides) and node.left.value == 10
    if isinstance(node, ast.Call) and last_name(node.func) == "Decimal" and node.args:
        node = node.args[0]
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool | bytes):
        return False
    try:
        value = Decimal(str(node.value))
    except InvalidOperation:
        return False
    return value in _FACTORS or (value != 0 and 1 / value in _FACTORS)


def tenancy_trap(source: Source) -> Iterator[str]:
    """What django-tenants and Celery offer, and what goes wrong with it (08-runtime)."""
    for node, name in imports(source):
        if last_part(name) in {"schema_context", "tenant_context", "TenantAwareDatabaseScheduler"}:
            yield source.at(node, f"{name} restores the wrong schema: use apps.shared.schema")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield from _trap_of_call(source, node)
        decorators = getattr(node, "decorator_list", [])
        for one in decorators:
            if last_name(one) in {"shared_task", "task"} and not isinstance(one, ast.Call):
                yield source.at(one, "a task without base=TenantTask")


def _trap_of_call(source: Source, node: ast.Call) -> Iterator[str]:
    name = last_name(node.func)
    if name == "delay_on_commit":
        yield source.at(node, "a message that a crash loses: emit an event")
    if name in {"shared_task", "task"} and named(node.func) in _TASK_MAKERS:
        base = next((one.value for one in node.keywords if one.arg == "base"), None)
        if base is None or last_name(base) != "TenantTask":
            yield source.at(node, "a task without base=TenantTask")
    switches = {"set_schema", "set_tenant", "set_schema_to_public"}
    if name in switches and source.path not in _MAY_SWITCH:
        yield source.at(node, f"{name} without restoring it: use apps.shared.schema.use_schema")


_TASK_MAKERS = frozenset({"shared_task", "celery.shared_task", "app.task", "task"})
_MAY_SWITCH = frozenset(
    {"apps/shared/schema.py", "tenants/middleware.py", "config/postgres/in_transaction.py"}
)


def last_part(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def wall_clock(source: Source) -> Iterator[str]:
    """There is one clock, so that tests can set it and nothing reads a local time."""
    if source.path == "apps/shared/clock.py":
        return
    for node in ast.walk(source.tree):
        name = named(node.func) if isinstance(node, ast.Call) else ""
        if name.endswith(("datetime.now", "datetime.utcnow", "timezone.now", "date.today")):
            yield source.at(node, f"{name}(): ask apps.shared.clock")


def model_in_migration(source: Source) -> Iterator[str]:
    """A migration that imports today's model breaks the day the model changes."""
    for node, name in imports(source):
        ours = name.split(".")[0] in {"apps", "billing", "tenants"}
        if ours and {"models", "services", "selectors"} & set(name.split(".")):
            yield source.at(node, f"imports {name}")


def evaded_test(source: Source) -> Iterator[str]:
    """Tests run, all of them, and clean up by rolling back or by dropping their own shop."""
    for node in ast.walk(source.tree):
        if named(node) in {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}:
            yield source.at(node, f"{named(node)} hides a test")
        if isinstance(node, ast.Call) and named(node.func) in {"pytest.skip", "pytest.xfail"}:
            yield source.at(node, f"{named(node.func)} hides a test")
        is_mark = isinstance(node, ast.Call) and last_name(node.func) == "django_db"
        if is_mark and any(one.arg == "transaction" for one in node.keywords):
            yield source.at(node, "empties all tables of the worker: use committed_shop")


def test_no_module_is_called_utils():
    assert violations(vague_name, sources("apps", "billing", "tenants", "config", "tests")) == []


def test_no_exception_is_swallowed():
    checked = sources("apps", "billing", "tenants", "config", "tests")
    assert violations(swallowed_exception, checked) == []


def test_no_import_climbs():
    assert violations(upward_import, sources("apps", "billing", "tenants", "config")) == []


def test_no_literal_turns_minor_into_major_units():
    assert violations(money_factor) == []


def test_nobody_steps_into_the_traps_of_tenancy():
    assert violations(tenancy_trap, sources("apps", "billing", "tenants", "config")) == []


def test_there_is_one_clock():
    assert violations(wall_clock) == []


def test_migrations_import_no_models():
    migrations = tuple(one for one in sources("apps", "billing", "tenants") if one.is_migration)
    assert len(migrations) > 10
    assert violations(model_in_migration, migrations) == []


def test_no_test_is_skipped_or_empties_the_database():
    assert violations(evaded_test, sources("tests")) == []


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (swallowed_exception, "try:\n    x()\nexcept ValueError:\n    pass"),
        (swallowed_exception, "try:\n    x()\nexcept ValueError:\n    ..."),
        (swallowed_exception, "try:\n    x()\nexcept:\n    y()"),
        (swallowed_exception, "with suppress(Exception):\n    x()"),
        (upward_import, "from ..models import Order"),
        (money_factor, "total = price * 100"),
        (money_factor, "total = Decimal(price) / Decimal('100')"),
        (money_factor, "total = price * 10 ** 2"),
        (money_factor, "total = cents * 0.01"),
        (money_factor, "total = amount // 1000"),
        (tenancy_trap, "from django_tenants.utils import schema_context"),
        (tenancy_trap, "from django_tenants.utils import tenant_context as t"),
        (tenancy_trap, "@shared_task\ndef f(): ..."),
        (tenancy_trap, "@shared_task(name='x')\ndef f(): ..."),
        (tenancy_trap, "@shared_task(base=Task)\ndef f(): ..."),
        (tenancy_trap, "f.delay_on_commit(1)"),
        (tenancy_trap, "connection.set_tenant(tenant)"),
        (wall_clock, "now = timezone.now()"),
        (wall_clock, "now = datetime.datetime.now(UTC)"),
        (model_in_migration, "from apps.orders.models import Order"),
        (model_in_migration, "from apps.orders import models"),
        (model_in_migration, "import apps.orders.services"),
        (evaded_test, "@pytest.mark.skip\ndef test_x(): ..."),
        (evaded_test, "@pytest.mark.xfail(reason='x')\ndef test_x(): ..."),
        (evaded_test, "@pytest.mark.django_db(transaction=True)\ndef test_x(): ..."),
        (evaded_test, "pytest.skip('no server')"),
    ],
)
def test_the_rules_can_fail(rule, sample):
    assert of_sample(rule, sample) >= 1


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (swallowed_exception, "try:\n    x()\nexcept ValueError:\n    return None"),
        (upward_import, "from .models import Order"),
        (money_factor, "price = price * quantity"),
        (money_factor, "MAX_LIMIT = 100"),
        (money_factor, "amount * 10 ** exponent(currency)"),
        (tenancy_trap, "@shared_task(base=TenantTask, name='x')\ndef f(): ..."),
        (wall_clock, "now = clock.now()"),
        (model_in_migration, "from django.db import migrations, models"),
        (model_in_migration, "import apps.shared.ids"),
        (evaded_test, "@pytest.mark.django_db\ndef test_x(): ..."),
    ],
)
def test_the_rules_let_good_code_pass(rule, sample):
    assert of_sample(rule, sample) == 0


@pytest.mark.parametrize(
    ("path", "count"),
    [("apps/orders/utils.py", 1), ("apps/common/models.py", 1), ("apps/orders/models.py", 0)],
)
def test_the_rule_of_names_can_fail(path, count):
    assert of_sample(vague_name, "", path=path) == count
