"""State machines as tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import Conflict


class InvalidTransition(Conflict):
    """This step is not allowed from the present state."""

    code = "invalid_transition"


@dataclass(frozen=True)
class StateMachine:
    """A transition table, checked when the module is imported."""

    name: str
    initial: str
    transitions: Mapping[str, frozenset[str]]

    def __post_init__(self) -> None:
        unknown = {self.initial}.union(*self.transitions.values()) - set(self.transitions)
        if unknown:
            raise ValueError(f"{self.name}: unknown states {sorted(unknown)}")
        reached: set[str] = set()
        todo = [self.initial]
        while todo:
            state = todo.pop()
            if state not in reached:
                reached.add(state)
                todo.extend(self.transitions[state])
        if lost := set(self.transitions) - reached:
            raise ValueError(f"{self.name}: unreachable states {sorted(lost)}")

    def is_terminal(self, state: str) -> bool:
        """True when nothing follows."""
        return not self.transitions[state]

    def sources_of(self, target: str) -> Iterable[str]:
        """The states from which `target` may be entered."""
        return [source for source, targets in self.transitions.items() if target in targets]

    def check(self, source: str, target: str) -> None:
        """Raises InvalidTransition when the table has no such step."""
        if target not in self.transitions[source]:
            raise InvalidTransition(
                f"{self.name}: {source} cannot become {target}",
                machine=self.name,
                source=str(source),
                target=str(target),
            )
