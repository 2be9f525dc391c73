"""Who an actor is, for people who look at a page.

Rows say `staff:stf_…`, which stays the same whatever somebody is called; pages show the name and
the address of today. Who knows the names registers a directory. Rows that are older than those ids
say `staff:` and the address of that time, and are shown as they are.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib import admin

from .panels import NOTHING

Directory = Callable[[], Mapping[str, str]]

_directories: list[Directory] = []
_known: ContextVar[dict[str, str] | None] = ContextVar("known_people", default=None)


def told_by(directory: Directory) -> None:
    """Register who knows names by actor; once, however often the app is loaded."""
    if directory not in _directories:
        _directories.append(directory)


@contextmanager
def looked_up_once() -> Iterator[None]:
    """Within it the directories are asked once at most: a page of fifty rows costs one look-up."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def name_of(actor: str) -> str:
    """What to call an actor; what nobody knows is shown as it is."""
    return _people().get(actor, actor) if actor.startswith("staff:") else actor


def actors_called(text: str) -> list[str]:
    """The actors whose name or address contains the text, whatever its case."""
    wanted = text.strip().lower()
    return [actor for actor, name in _people().items() if wanted and wanted in name.lower()]


def person_column(field: str, title: str) -> Any:
    """A column, or a read-only field, that shows who the actor in `field` is."""

    @admin.display(description=title, ordering=field)
    def column(row: Any) -> str:
        return name_of(getattr(row, field)) or NOTHING

    column.__name__ = field
    return column


def _people() -> Mapping[str, str]:
    known = _known.get()
    if known:
        return known
    found = {actor: name for directory in _directories for actor, name in directory().items()}
    if known is not None:
        known.update(found)
    return found
