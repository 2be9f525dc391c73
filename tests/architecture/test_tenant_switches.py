"""Who works in which schema is said in one way: `use_schema`, and a message's `schema_name`.

More such traps are in `test_words`. django-tenants' contexts keep what they found on the object
that threads share, its clone leaves things behind, and Celery's short ways to send a task do not
say for whom.
"""

import ast
from collections.abc import Iterator

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

_SENDS = frozenset({"delay", "apply_async", "send_task", "signature", "s", "si", "subtask"})
# Hands on what its caller says.
_BASE_OF_TASKS = "apps/shared/tasks.py"


def other_contexts(source: Source) -> Iterator[str]:
    """Ways into another schema that are not `use_schema`."""
    for node, name in imports(source):
        if name.startswith(("django_tenants.clone", "django_tenants.utils")):
            yield source.at(node, f"imports {name}")
    for node in ast.walk(source.tree):
        entered = [one.context_expr for one in node.items] if isinstance(node, ast.With) else []
        if {"tenant", "shop"} & {last_name(one).lower() for one in entered}:
            yield source.at(node, "switches by django-tenants' own context")
        if isinstance(node, ast.Call) and named(node.func).lower().endswith("tenant.activate"):
            yield source.at(node, "sets the schema and does not come back")


def message_for_nobody(source: Source) -> Iterator[str]:
    """Messages that do not say for which schema they are."""
    if source.path == _BASE_OF_TASKS:
        return
    for node in ast.walk(source.tree):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and last_name(node.func) in _SENDS and not _says_schema(node):
            yield source.at(node, "is sent without schema_name")


def _says_schema(call: ast.Call) -> bool:
    for one in call.keywords:
        if one.arg == "schema_name":
            return True
        if one.arg == "kwargs" and isinstance(one.value, ast.Dict):
            names = [key.value for key in one.value.keys if isinstance(key, ast.Constant)]
            return "schema_name" in names
    return False


@pytest.mark.parametrize("rule", [other_contexts, message_for_nobody])
def test_the_product_keeps_to_it(rule):
    assert violations(rule, sources("apps", "billing", "tenants", "config")) == []


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (other_contexts, "from django_tenants.clone import CloneSchema"),
        (other_contexts, "import django_tenants.utils"),
        (other_contexts, "with tenant:\n    pass"),
        (other_contexts, "with self.tenant:\n    pass"),
        (other_contexts, "tenant.activate()"),
        (message_for_nobody, "work.delay()"),
        (message_for_nobody, "work.apply_async(kwargs={'shops': []})"),
        (message_for_nobody, "chain(work.s(1))"),
        (message_for_nobody, "chain(work.si())"),
        (message_for_nobody, "app.send_task('work')"),
    ],
)
def test_the_rules_can_fail(rule, sample):
    assert of_sample(rule, sample) >= 1


@pytest.mark.parametrize(
    ("rule", "sample"),
    [
        (other_contexts, "with use_schema(tenant.schema_name):\n    pass"),
        (other_contexts, "timezone.activate(zone)"),
        (message_for_nobody, "work.delay(schema_name=name)"),
        (message_for_nobody, "work.apply_async(kwargs={'schema_name': name}, queue='bulk')"),
        (message_for_nobody, "chain(work.si(schema_name=name))"),
    ],
)
def test_the_rules_let_clear_code_pass(rule, sample):
    assert of_sample(rule, sample) == 0
