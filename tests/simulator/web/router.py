"""Finds the handler of a method and a path."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.web.message import Request, Response

Handler = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """``template`` is a path whose variable segments stand in braces: ``/v1/charges/{id}``."""

    method: str
    template: str
    handler: Handler


class Router:
    """Routes by the number of segments, then by the first template that fits."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, int], list[tuple[list[str], Route]]] = {}

    def add(self, route: Route) -> None:
        segments = route.template.split("/")
        self._routes.setdefault((route.method, len(segments)), []).append((segments, route))

    def find(self, request: Request) -> Route | None:
        """Return the route of ``request`` and fill its ``path_params``; None when there is none."""
        segments = request.path.split("/")
        for template, route in self._routes.get((request.method, len(segments)), ()):
            params = _match(template, segments)
            if params is not None:
                request.path_params = params
                return route
        return None


def _match(template: list[str], segments: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, found in zip(template, segments, strict=True):
        if wanted.startswith("{"):
            if not found:
                return None
            params[wanted[1:-1]] = found
        elif wanted != found:
            return None
    return params
