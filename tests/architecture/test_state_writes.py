"""Only `move_to` writes a column that a state machine guards (ORDER-002, 003, 005)."""

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.architecture.sources import Source, last_name, of_sample, violations

STATE_COLUMNS = frozenset({"status", "payment_status", "fulfillment_status", "closed", "state"})
_WRITERS = frozenset(
    {"update", "aupdate", "create", "acreate", "get_or_create", "update_or_create"}
)

# Where else a state column is written, and why that is not a way around a machine.
ALLOWED = {
    ("billing/restored.py", "subscribe_again"): "as it stood when the backup was taken",
    ("apps/shared/outbox/claim.py", "_claim_with_care"): "a delivery's lease is its state machine",
    ("apps/shared/outbox/dead_letters.py", "bury"): "a delivery's lease is its state machine",
    (
        "apps/shared/outbox/requeue.py",
        "requeue_delivery",
    ): "a delivery's lease is its state machine",
    ("apps/shared/outbox/deliver.py", "_record_failure"): "a delivery's lease is its state machine",
    (
        "apps/shared/outbox/give_up.py",
        "give_up_delivery",
    ): "a delivery's lease is its state machine",
    ("apps/shared/outbox/order.py", "hold_back"): "a delivery's lease is its state machine",
}


def state_writes(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    """Each write of a state column: where, the function around it, and what was found."""

    def visit(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str, str]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if found := _writes(node):
            yield node, function, found
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    return visit(source.tree, "")


def state_written_elsewhere(source: Source) -> Iterator[str]:
    for node, function, found in state_writes(source):
        is_move = function == "move_to" and bool({"models", "models.py"} & set(source.parts))
        if not is_move and (source.path, function) not in ALLOWED:
            yield source.at(node, f"{found} in {function or 'the module'}, not in move_to")


def _writes(node: ast.AST) -> str:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return next((f"assigns .{name}" for one in targets for name in _attributes(one)), "")
    if isinstance(node, ast.Call):
        return _call_writes(node)
    return ""


def _attributes(target: ast.AST) -> list[str]:
    return [
        one.attr
        for one in ast.walk(target)
        if isinstance(one, ast.Attribute)
        and isinstance(one.ctx, ast.Store)
        and one.attr in STATE_COLUMNS
    ]


def _call_writes(node: ast.Call) -> str:
    name = last_name(node.func)
    given = {one.arg for one in node.keywords if one.arg} | _keys_of_dicts(node)
    if name in _WRITERS and (columns := given & STATE_COLUMNS):
        return f"{name}({', '.join(sorted(columns))}=…)"
    if name == "update" and _on_queryset(node) and any(one.arg is None for one in node.keywords):
        return "update(**…) of columns that nobody can see"
    literals = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
    if name in {"setattr", "bulk_update", "abulk_update"} and literals & STATE_COLUMNS:
        return f"{name} of a state column"
    made = {one.arg for one in node.keywords if one.arg} & STATE_COLUMNS
    if made and isinstance(node.func, ast.Name) and name in model_names():
        return f"{name}({', '.join(sorted(made))}=…)"
    return ""


def _keys_of_dicts(node: ast.Call) -> set[str]:
    """The keys of `defaults={…}`, `create_defaults={…}` and `**{…}`."""
    dicts = [one.value for one in node.keywords if isinstance(one.value, ast.Dict)]
    keys = [key for one in dicts for key in one.keys]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def _on_queryset(node: ast.Call) -> bool:
    chain = ast.unparse(node.func)
    return ".objects" in chain or ".filter(" in chain


def model_names() -> frozenset[str]:
    return frozenset(model.__name__ for model in apps.get_models())


def test_state_columns_are_written_by_move_to_only():
    assert violations(state_written_elsewhere) == []


def test_every_exception_is_still_needed():
    from tests.architecture.sources import product

    seen = {(one.path, function) for one in product() for _, function, _ in state_writes(one)}
    assert set(ALLOWED) - seen == set()


@pytest.mark.parametrize(
    "statement",
    [
        "order.status = 'paid'",
        "order.payment_status: str = 'paid'",
        "self.order.closed = x",
        "a, order.status = 1, 2",
        "Order.objects.filter(pk=1).update(status='paid')",
        "Order.objects.update(**fields)",
        "Order.objects.filter(pk=1).update(**{'status': 'paid'})",
        "Order.objects.create(status='paid')",
        "Order.objects.update_or_create(pk=1, defaults={'status': 'paid'})",
        "Order.objects.bulk_update(orders, ['status'])",
        "setattr(order, 'status', 'paid')",
        "Order.objects.bulk_create([Order(status='paid')])",
    ],
)
def test_the_rule_can_fail(statement):
    assert of_sample(state_written_elsewhere, f"def cancel():\n    {statement}\n") >= 1


@pytest.mark.parametrize(
    "statement",
    [
        "order.move_to(OrderStatus.PAID, now=now)",
        "Order.objects.filter(status='paid')",
        "status = order.status",
        "payload.update(**fields)",
        "Order.objects.update(email='')",
        "Response(status=404)",
    ],
)
def test_the_rule_lets_reading_pass(statement):
    assert of_sample(state_written_elsewhere, f"def cancel():\n    {statement}\n") == 0


def test_move_to_counts_in_models_only():
    sample = "def move_to(self):\n    self.status = 1\n"
    assert of_sample(state_written_elsewhere, sample, path="apps/orders/models.py") == 0
    assert of_sample(state_written_elsewhere, sample) == 1
