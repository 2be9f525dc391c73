from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.shared.db import outside_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants import selectors
from tenants.fingerprints import code_fingerprint
from tenants.fleet.crew import Crew, End, Outcome
from tenants.fleet.graph import Graph
from tenants.fleet.holding import Limits
from tenants.fleet.lagging import heal_rows, lagging_shops
from tenants.fleet.records import expect
from tenants.fleet.scripts import Scripts
from tenants.template import silent_from


@dataclass(frozen=True)
class Canaries:
    """Who goes first: the shops of these schemas that lag, or as many of all that lag."""

    schemas: Sequence[str] = ()
    count: int = 1

    def among(self, lagging: Sequence[str]) -> list[str]:
        """Those of the lagging ones that go first."""
        named = set(self.schemas)
        return [one for one in lagging if one in named] if named else list(lagging[: self.count])


@dataclass(frozen=True)
class FleetRun:
    """What became of each shop that lagged; `left` were not begun, for a canary had failed."""

    outcomes: Sequence[Outcome] = ()
    left: Sequence[str] = ()

    @property
    def failed(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.end is End.FAILED]


@outside_transaction
def migrate_fleet(
    *,
    schemas: Sequence[str] | None = None,
    canaries: Canaries | None = None,
    workers: int = 4,
    limits: Limits | None = None,
    is_replayed: bool = True,
    told: Callable[[Outcome, int], None] | None = None,
) -> FleetRun:
    """Bring all shops that lag, or those of them in `schemas`, to this code's migrations.

    Canaries go first; when one of them fails, no other is begun. After that a shop that fails stops
    no other. Shops that are made meanwhile are up to date (tenants.template.publish_template). With
    `is_replayed` false, or in a shop whose state the template never was in, migrations run as
    Django runs them. `told` is called with each outcome and the number of shops in all.

    To be called after `prepare_platform`. What a call leaves undone, by its end or by a crash, the
    next one takes up.
    """
    with use_schema(PUBLIC):
        heal_rows()
        lagging = lagging_shops(among=selectors.shop_schemas() if schemas is None else schemas)
        if not lagging:
            return FleetRun()
        expect(lagging, fingerprint=code_fingerprint())
        scripts = Scripts() if is_replayed else None
        crew = Crew(Graph(), limits or Limits(), scripts, silent_from())
        first = (canaries or Canaries()).among(lagging)
        outcomes: list[Outcome] = []
        for group in (first, [one for one in lagging if one not in set(first)]):
            for outcome in crew.migrate_all(group, workers=workers):
                outcomes.append(outcome)
                if told is not None:
                    told(outcome, len(lagging))
            if any(one.end is End.FAILED for one in outcomes):
                break
    met = {one.schema for one in outcomes}
    return FleetRun(outcomes, [one for one in lagging if one not in met])
