"""What all repairs do alike: look, say what would change, ask, mend one row after the other."""

import logging
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from apps.shared.mending import Difference, NotMendable

logger = logging.getLogger(__name__)
Say = Callable[[str], object]
Options = dict[str, Any]
_PROGRESS_SECONDS = 5.0
_INDENT = "    "


@dataclass(frozen=True)
class Suspect:
    """Something that may need mending: which row, and how to call it before it was looked at."""

    kind: str
    key: Any
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name or self.key}"


class Trade(Protocol):
    """What one repair knows. Each call is made in the schema of a shop."""

    name: ClassVar[str]
    help: ClassVar[str]
    examples: ClassVar[Sequence[str]]
    works_in_public: ClassVar[bool]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of its own. Which ids there are is said by `--id`, which every repair has."""

    def suspects(self, options: Options) -> list[Suspect]:
        """Rows that look wrong by what is in the database. Raises ValueError for a bad option."""

    def diagnose(self, suspect: Suspect, options: Options) -> Difference | None:
        """What mending would change; None when nothing is wrong. Writes nothing, anywhere."""

    def mend(self, suspect: Suspect, options: Options) -> Difference | None:
        """Look again under lock, and mend. None when somebody else has, or it mended itself."""


@dataclass
class Tally:
    """What came of a run."""

    found: int = 0
    mended: int = 0
    well_by_now: int = 0
    failed: int = 0

    def add(self, other: "Tally") -> None:
        self.found += other.found
        self.mended += other.mended
        self.well_by_now += other.well_by_now
        self.failed += other.failed


@dataclass
class Repair:
    """One trade at work in the shop whose schema is set."""

    trade: Trade
    options: Options
    say: Say
    hint: Say
    tally: Tally = field(default_factory=Tally)

    def look(self) -> list[Suspect]:
        """Print a diff for each row that needs mending; returns those rows."""
        wrong = []
        for suspect in self._one_by_one(self.trade.suspects(self.options), "looked at"):
            difference = self._try(suspect, self.trade.diagnose)
            if difference is not None:
                self.say(told(difference))
                wrong.append(suspect)
        self.tally.found += len(wrong)
        return wrong

    def mend(self, wrong: Sequence[Suspect]) -> None:
        """Mend what was found. One that cannot be mended does not stop the others."""
        for suspect in self._one_by_one(wrong, "mended"):
            failed = self.tally.failed
            if self._try(suspect, self.trade.mend) is not None:
                self.tally.mended += 1
            elif self.tally.failed == failed:
                self.tally.well_by_now += 1

    def _try(
        self, suspect: Suspect, work: Callable[[Suspect, Options], Difference | None]
    ) -> Difference | None:
        try:
            return work(suspect, self.options)
        except NotMendable as problem:
            self.say(f"{suspect}\n{_INDENT}cannot be mended: {problem}")
        except Exception as error:
            logger.warning("repair.failed", extra={"row": str(suspect)}, exc_info=error)
            self.say(f"{suspect}\n{_INDENT}failed: {type(error).__name__}: {error}")
        self.tally.failed += 1
        return None

    def _one_by_one(self, suspects: Sequence[Suspect], what: str) -> Iterator[Suspect]:
        told_at = time.monotonic()
        for number, suspect in enumerate(suspects):
            if time.monotonic() - told_at > _PROGRESS_SECONDS:
                told_at = time.monotonic()
                self.hint(f"{self.trade.name}: {number} of {len(suspects)} {what}")
            yield suspect


def told(difference: Difference) -> str:
    """The diff of a row: what changes, before → after."""
    target = f"{difference.target.kind} {difference.target.id}"
    lines = [f"{target} ({difference.label})" if difference.label else target]
    keys = list(dict.fromkeys([*difference.before, *difference.after]))
    width = max(map(len, keys), default=0)
    for key in keys:
        before, after = difference.before.get(key, ""), difference.after.get(key, "")
        if before != after:
            lines.append(f"{_INDENT}{key:{width}}  {_text(before)} → {_text(after)}")
        else:
            lines.append(f"{_INDENT}{key:{width}}  {_text(before)}")
    if difference.why:
        lines.append(f"{_INDENT}{'why':{width}}  {difference.why}")
    return "\n".join(lines)


def _text(value: object) -> str:
    return " ".join(str(value).split()) or "–"
