"""What a provider shall do wrong, per account, until it is told otherwise."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tests.simulator.storage.database import Database

ApiMode = Literal["timeout_before", "timeout_after", "error_500", "error_503", "error_429", "delay"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookFaults(_Closed):
    """``duplicate``: how many copies more; ``reorder``: the newest of a burst arrives first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duplicate: int = Field(default=0, ge=0, le=200)
    delay_seconds: float = Field(default=0, ge=0)
    drop: bool = False
    reorder: bool = False
    corrupt_signature: bool = False
    timestamp_offset_seconds: int = 0


class ApiFault(_Closed):
    """One kind of trouble for the calls of ``route``, ``times`` times.

    ``route`` is ``METHOD /path``; the path may be a template (``{id}``) or a glob (``*``).
    ``seconds``: how long to hang or to wait. ``timeout_before`` does nothing and hangs up,
    ``timeout_after`` acts first; ``error_500`` is the provider's own answer, replayed for the
    same idempotency key; ``error_503`` and ``error_429`` come from its edge and are forgotten.
    """

    route: str = "*"
    mode: ApiMode
    seconds: float = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)

    def hits(self, method: str, template: str, path: str) -> bool:
        return self.route == f"{method} {template}" or fnmatchcase(f"{method} {path}", self.route)


class RefundFault(_Closed):
    """The next ``times`` refunds stay ``pending``, or fail shortly after they succeeded."""

    status: Literal["pending", "failed"]
    times: int = Field(default=1, ge=1)


class Faults(_Closed):
    webhooks: WebhookFaults = WebhookFaults()
    api: list[ApiFault] = []
    refunds: RefundFault | None = None


class FaultBook:
    """The faults of every account, kept in the database so that a restart does not heal them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._faults: dict[tuple[str, str], Faults] = {}
        with database.reading() as connection:
            for row in connection.execute("SELECT provider, account, body FROM faults"):
                key = (row["provider"], row["account"])
                self._faults[key] = Faults.model_validate_json(row["body"])

    def of(self, provider: str, account: str) -> Faults | None:
        """Return the account's faults; None, the usual case, when it has none."""
        return self._faults.get((provider, account)) if self._faults else None

    def put(self, provider: str, account: str, faults: Faults | None) -> None:
        with self._database.reading():
            self._save(provider, account, faults)

    def forget(self, account: str | None) -> None:
        """Heal one account, or all."""
        with self._database.reading():
            for provider, owner in list(self._faults):
                if account in (None, owner):
                    self._save(provider, owner, None)

    def take_api(
        self, provider: str, account: str, *, method: str, template: str, path: str
    ) -> ApiFault | None:
        """Use up one occurrence of the first fault that hits this call."""
        if self.of(provider, account) is None:
            return None
        with self._database.reading():
            faults = self.of(provider, account)
            fault = _first_hit(faults.api if faults else (), method, template, path)
            if faults is None or fault is None:
                return None
            fault.times -= 1
            faults.api = [one for one in faults.api if one.times > 0]
            self._save(provider, account, faults)
            return fault

    def take_refund(self, provider: str, account: str) -> RefundFault | None:
        """Use up one occurrence of the refund fault."""
        with self._database.reading():
            faults = self.of(provider, account)
            if faults is None or faults.refunds is None:
                return None
            fault = faults.refunds
            fault.times -= 1
            if not fault.times:
                faults.refunds = None
            self._save(provider, account, faults)
            return fault

    def _save(self, provider: str, account: str, faults: Faults | None) -> None:
        with self._database.reading() as connection:
            if faults is None:
                self._faults.pop((provider, account), None)
                connection.execute(
                    "DELETE FROM faults WHERE provider = ? AND account = ?", (provider, account)
                )
                return
            self._faults[(provider, account)] = faults
            connection.execute(
                "INSERT OR REPLACE INTO faults VALUES (?, ?, ?)",
                (provider, account, faults.model_dump_json()),
            )


def _first_hit(
    faults: Sequence[ApiFault], method: str, template: str, path: str
) -> ApiFault | None:
    return next((one for one in faults if one.hits(method, template, path)), None)
