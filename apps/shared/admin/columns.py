"""Columns that an app above adds to the lists of an app below.

The catalogue's pages show stock, and the catalogue knows nothing of stock: inventory registers

    @extra_columns("catalog.variant", {"stock_on_hand": "On hand"})
    def with_stock(variants: QuerySet[Any]) -> QuerySet[Any]:
        return variants.annotate(stock_on_hand=Subquery(…))

The annotations are part of the list's own statement, so that no row costs another one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet

from .panels import NOTHING

M = TypeVar("M", bound=Model)
Annotate = Callable[[QuerySet[Any]], QuerySet[Any]]
Column = Callable[[Any], Any]


@dataclass(frozen=True)
class _Extension:
    columns: tuple[Column, ...]
    annotate: Annotate


_EXTENSIONS: dict[str, list[_Extension]] = {}


def extra_columns(model: str, titles: Mapping[str, str]) -> Callable[[Annotate], Annotate]:
    """Register `annotate` for a model (`app_label.model_name`): annotation name to heading."""

    def register(annotate: Annotate) -> Annotate:
        columns = tuple(_column(name, title) for name, title in titles.items())
        _EXTENSIONS.setdefault(model, []).append(_Extension(columns, annotate))
        return annotate

    return register


def _column(name: str, title: str) -> Column:
    @admin.display(description=title)
    def column(row: Any) -> Any:
        value = getattr(row, name, None)
        return NOTHING if value is None else value

    column.__name__ = name
    return column


def columns_of(model: type[Model]) -> list[Column]:
    """What others show beside the model's own columns."""
    return [column for one in _extensions_of(model) for column in one.columns]


def with_extra_columns(queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows with what the extra columns need."""
    for one in _extensions_of(queryset.model):
        queryset = one.annotate(queryset)
    return queryset


def _extensions_of(model: type[Model]) -> list[_Extension]:
    return _EXTENSIONS.get(model._meta.label_lower, [])
