"""The first page of an admin: figures and tables that the apps register.

@index_card("To pack", permission="orders.view_order")
def paid_orders() -> Card:
    return Card("3", hint="paid, not packed yet", url=…)
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from .panels import Panel, Rows, make_panel, may

Person = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True)
class Card:
    """A figure with a word about it; `alarming` when somebody must look."""

    value: str
    hint: str = ""
    url: str = ""
    alarming: bool = False


CardMaker = Callable[[], Card]
RowsMaker = Callable[[], Rows]

# (site, title) → (place, permission, maker)
_CARDS: dict[tuple[str, str], tuple[int, str, CardMaker]] = {}
_PANELS: dict[tuple[str, str], tuple[str, RowsMaker]] = {}


def index_card(
    title: str, *, permission: str, place: int, on: str = "shop"
) -> Callable[[CardMaker], CardMaker]:
    """Register a figure of the shops' first page, or of the platform's (`on="platform"`).

    Low places come first. The function reads in one or two statements that an index carries.
    """

    def register(card: CardMaker) -> CardMaker:
        _CARDS[on, title] = (place, permission, card)
        return card

    return register


def index_panel(
    title: str, *, permission: str, on: str = "shop"
) -> Callable[[RowsMaker], RowsMaker]:
    """Register a table of the first page: a few rows, in a fixed number of statements."""

    def register(rows: RowsMaker) -> RowsMaker:
        _PANELS[on, title] = (permission, rows)
        return rows

    return register


def cards_for(user: Person, *, on: str) -> list[tuple[str, Card]]:
    """Title and card of everything that this user may see."""
    return [
        (title, card())
        for (site, title), (_, permission, card) in sorted(
            _CARDS.items(), key=lambda item: item[1][0]
        )
        if site == on and may(user, permission)
    ]


def index_panels_for(user: Person, *, on: str) -> list[Panel]:
    """The tables that this user may see."""
    return [
        make_panel(title, rows())
        for (site, title), (permission, rows) in _PANELS.items()
        if site == on and may(user, permission)
    ]
