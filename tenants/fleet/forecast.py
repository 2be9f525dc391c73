"""What a run would do, without doing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from apps.shared.schema import PUBLIC, use_schema
from tenants.fleet.graph import Graph, applied_here, name_of, recorded_as
from tenants.fleet.lagging import lagging_shops
from tenants.fleet.scripts import Scripts


class Way(StrEnum):
    """How a shop is to get a migration. What is plain SQL is replayed once the template has it."""

    REPLAYED = "replayed"
    TO_BE_RECORDED = "replayed, once the template has it"
    IN_PYTHON = "as Django runs it"


@dataclass(frozen=True)
class Ahead:
    """One migration that a shop lacks, with its SQL where that is known."""

    migration: str
    way: Way
    sql: str = ""


def forecast(schemas: Sequence[str]) -> Iterator[tuple[str, list[Ahead]]]:
    """For each of these shops that lags what it lacks, in order. Nothing is written."""
    with use_schema(PUBLIC):
        lagging = lagging_shops(among=schemas)
        scripts, graph = Scripts(), Graph()
    for schema in lagging:
        with transaction.atomic(), use_schema(schema):
            applied = applied_here()
        yield schema, list(_ahead(applied, graph, scripts))


def _ahead(applied: set[str], graph: Graph, scripts: Scripts) -> Iterator[Ahead]:
    for migration in graph.pending(applied):
        sql = scripts.of(migration, before=graph.base_of(applied))
        if sql is not None:
            way = Way.REPLAYED
        else:
            way = Way.TO_BE_RECORDED if graph.is_plain(migration) else Way.IN_PYTHON
        yield Ahead(name_of(migration), way, sql or "")
        applied.update(recorded_as(migration))
