"""A newcomer who opens `services/` reads the list of everything that can happen."""

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.architecture.sources import ROOT, Source, imports, last_name, of_sample, product

ROLES = frozenset({"owns", "joins", "outside"})
_MARKERS = {*(f"{role}_transaction" for role in ROLES), "owns_statement"}


def service_packages() -> list[str]:
    found = [*ROOT.glob("apps/*/services/__init__.py"), *ROOT.glob("*/services/__init__.py")]
    return sorted(".".join(one.relative_to(ROOT).parts[:-1]) for one in found)


def services() -> list[Any]:
    """Every exported function: (package, name, function)."""
    found = []
    for package in service_packages():
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", []):
            value = getattr(module, name)
            if not isinstance(value, type):
                found.append(pytest.param(package, name, value, id=f"{package}.{name}"))
    return found


def objections(package: str, name: str, function: Callable[..., object]) -> list[str]:
    """What is wrong with a service, as far as a live function shows it."""
    signature = inspect.signature(function)
    positional = [
        one.name
        for one in signature.parameters.values()
        if one.kind not in (one.KEYWORD_ONLY, one.VAR_KEYWORD)
    ]
    found = []
    if getattr(function, "transaction_role", None) not in ROLES:
        found.append("says nothing of its transaction")
    if positional:
        found.append(f"takes {positional} by position")
    if not inspect.getdoc(function):
        found.append("has no docstring")
    if signature.return_annotation is signature.empty:
        found.append("does not say what it returns")
    if function.__module__ != f"{package}._{name}":
        found.append(f"lives in {function.__module__}")
    return found


@pytest.mark.parametrize(("package", "name", "function"), services())
def test_a_service_has_a_role_keywords_a_docstring_and_a_file_of_its_own(package, name, function):
    assert objections(package, name, function) == []


def is_service_file(source: Source) -> bool:
    return source.parts[-2] == "services" and source.parts[-1] != "__init__.py"


def named_like_its_file(source: Source) -> Iterator[str]:
    """One public function per `services/_*.py`, named like the file and marked once."""
    wanted = source.parts[-1].removeprefix("_").removesuffix(".py")
    functions = [
        one
        for one in source.tree.body
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")
    ]
    if [one.name for one in functions] != [wanted]:
        yield f"{source.path}: public functions {[one.name for one in functions]}, not {wanted}"
    for one in functions:
        markers = [last_name(mark) for mark in one.decorator_list if last_name(mark) in _MARKERS]
        if len(markers) != 1:
            yield source.at(one, f"{one.name} has {len(markers)} transaction markers")


def test_each_file_of_services_holds_one_public_function_of_its_name():
    files = [one for one in product() if is_service_file(one)]
    assert [text for one in files for text in named_like_its_file(one)] == []


def test_every_service_is_exported_or_a_step_of_one_that_is():
    imported = {name for one in product() for _, name in imports(one)}
    unused = []
    for one in product():
        if is_service_file(one):
            name = one.parts[-1].removeprefix("_").removesuffix(".py")
            exported = getattr(importlib.import_module(one.module.rpartition(".")[0]), name, None)
            if exported is None and f"{one.module}.{name}" not in imported:
                unused.append(one.path)
    assert unused == []


def knows_its_caller(source: Source) -> Iterator[str]:
    """Services and selectors are given `now`, and know neither requests nor the queue."""
    if not {"services", "selectors.py", "selectors"} & set(source.parts):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in {"clock.now", "timezone.now", "datetime.now", "datetime.utcnow"}:
                yield source.at(node, f"asks {name}() for the time")
            if last_name(node.func) in {"delay", "apply_async", "delay_on_commit"}:
                yield source.at(node, "sends a task itself instead of emitting an event")
    for node, name in imports(source):
        if name.startswith(("django.http", "rest_framework", "django.forms")):
            yield source.at(node, f"knows {name}")


def test_services_and_selectors_know_neither_clock_nor_request_nor_queue():
    assert [text for one in product() for text in knows_its_caller(one)] == []


def test_the_rules_can_fail():
    def unmarked(order_id):
        return order_id

    assert len(objections("apps.orders.services", "cancel_order", unmarked)) == 5
    assert of_sample(named_like_its_file, "def other(): ...") == 2
    marked = "@joins_transaction\ndef cancel_order(): ...\n"
    assert of_sample(named_like_its_file, marked) == 0
    assert of_sample(named_like_its_file, marked + "def another(): ...\n") == 2
    assert of_sample(knows_its_caller, "now = clock.now()") == 1
    assert of_sample(knows_its_caller, "send_mail.delay(1)") == 1
    assert of_sample(knows_its_caller, "from django.http import HttpRequest") == 1
    assert of_sample(knows_its_caller, "def f(*, now): ...") == 0
