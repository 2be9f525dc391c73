"""The simulator as a process of its own, for tests and scripts, and what they ask of it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import stripe

from config.local.unprivileged import launched

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 5.0
LOOPBACK = "127.0.0.1"
Json = dict[str, Any]


class RunningSimulator:
    """Started on free ports; keeps its ports and its data over ``kill`` and ``start``.

    Ends with the process that started it, however that ends.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._http_port = 0
        self.smtp_host = LOOPBACK
        self.smtp_port = 0
        self.process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self._http_port}"

    def start(self) -> None:
        """Start the process and wait until it answers. Raises RuntimeError when it does not."""
        self._data.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.simulator", "--data", str(self._data)]
        command += ["--http", f"{LOOPBACK}:{self._http_port}"]
        command += ["--smtp", f"{LOOPBACK}:{self.smtp_port}"]
        with (self._data / "simulator.log").open("a") as log:
            self.process = subprocess.Popen(
                launched(command, death_signal=signal.SIGTERM),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        ready = self.process.stdout.readline() if self.process.stdout else ""
        if not ready.startswith("ready "):
            raise RuntimeError(f"The simulator did not start: see {self._data}/simulator.log")
        ports = [int(word.rpartition(":")[2]) for word in ready.split()[1:]]
        self._http_port, self.smtp_port = ports

    def stop(self) -> None:
        """Ask it to end, as ``up`` does."""
        self._end("terminate")

    def kill(self) -> None:
        """End it without warning: SIGKILL."""
        self._end("kill")

    def client(self, account: str, *, retries: int = 0) -> stripe.StripeClient:
        """Return the official SDK's client with the account's secret key."""
        return stripe.StripeClient(
            f"sk_test_{account}",
            base_addresses={"api": self.base_url},
            max_network_retries=retries,
        )

    def confirm(self, account: str, intent: str, client_secret: str, payment_method: str) -> Json:
        """Pay as a browser does. Return the intent, or Stripe's ``{"error": …}``."""
        form = {
            "key": f"pk_test_{account}",
            "client_secret": client_secret,
            "payment_method": payment_method,
        }
        return self._object("POST", f"/v1/payment_intents/{intent}/confirm", form=form)

    def authenticate(self, account: str, intent: str, result: str = "success") -> Json:
        """Answer the bank's question for the customer: ``success`` or ``failure``."""
        path = f"/_sim/accounts/{account}/payment_intents/{intent}/authenticate"
        return self._object("POST", path, {"result": result})

    def ledger(self, account: str) -> list[Json]:
        """Return every movement of the account's money, the oldest first."""
        entries: list[Json] = self._ledger(account)["entries"]
        return entries

    def payments(self, account: str) -> dict[str, Json]:
        """Return by payment what was authorized, captured, released and refunded."""
        return {one["payment"]: one for one in self._ledger(account)["payments"]}

    def faults(self, account: str, **faults: Any) -> Json:
        """Set the account's faults: ``webhooks={…}``, ``api=[{…}]``, ``refunds={…}``."""
        return self._object("POST", f"/_sim/accounts/{account}/faults", faults)

    def clear_faults(self, account: str) -> None:
        self._object("DELETE", f"/_sim/accounts/{account}/faults")

    def requests(self, account: str) -> dict[str, int]:
        """Return how often the account called each operation, such as ``POST /v1/refunds``."""
        counts: dict[str, int] = self._object("GET", "/_sim/requests")["accounts"].get(account, {})
        return counts

    def deliveries(self, account: str) -> list[Json]:
        """Return the webhook deliveries of the account with their attempts."""
        query = urlencode({"account": account})
        found: list[Json] = self._object("GET", f"/_sim/deliveries?{query}")["deliveries"]
        return found

    def redeliver(self, account: str, event: str) -> Json:
        return self._object("POST", f"/_sim/accounts/{account}/events/{event}/redeliver", {})

    def dashboard_refund(self, account: str, intent: str, amount: int | None = None) -> Json:
        """Refund without the API, all that is left or ``amount`` of the smallest unit."""
        wanted: Json = {"payment_intent": intent}
        if amount is not None:
            wanted["amount"] = amount
        return self._object("POST", f"/_sim/accounts/{account}/dashboard/refunds", wanted)

    def decide_refund(self, account: str, refund: str, status: str) -> Json:
        """Let the bank decide: ``failed`` or ``succeeded``."""
        return self._object(
            "POST", f"/_sim/accounts/{account}/refunds/{refund}", {"status": status}
        )

    def pay_out(self, account: str, currency: str = "usd", **choice: bool) -> Json:
        """Send the balance to the bank, ``automatic`` or by hand; ``wait``: told of later."""
        path = f"/_sim/accounts/{account}/payouts"
        return self._object("POST", path, {"currency": currency, **choice})

    def decide_payout(self, account: str, payout: str, status: str) -> Json:
        """``completed``: what it consists of is told now; ``failed``: the bank sent it back."""
        path = f"/_sim/accounts/{account}/payouts/{payout}"
        return self._object("POST", path, {"status": status})

    def restate_fee(self, account: str, entry: str, fee: int) -> Json:
        """Tell another fee of a balance transaction than before."""
        path = f"/_sim/accounts/{account}/balance_transactions/{entry}"
        return self._object("POST", path, {"fee": fee})

    def mails(self, to: str | None = None, subject: str | None = None) -> list[Json]:
        """Return the deliveries, the newest first; ``subject`` is a part of it."""
        criteria = {name: value for name, value in (("to", to), ("subject", subject)) if value}
        found: list[Json] = self.get_json(f"/_mail.json?{urlencode(criteria)}")
        return found

    def clear_mails(self) -> None:
        self._object("DELETE", "/_mail")

    def mail_faults(self, mode: str, times: int = 1, *, seconds: float = 1.0) -> None:
        """What goes wrong with the next mails; ``seconds`` is how long ``delay`` takes."""
        faults = {"mode": mode, "times": times, "seconds": seconds}
        self._object("POST", "/_sim/mail/faults", faults)

    def clear_mail_faults(self) -> None:
        self._object("DELETE", "/_sim/mail/faults")

    def reset(self, account: str) -> None:
        """Forget everything of the account, its webhook endpoints too."""
        self._object("POST", "/_sim/reset", {"account": account})

    def wait_until_delivered(self, account: str, seconds: float = 10.0) -> None:
        """Wait until no webhook of the account is pending. Raises TimeoutError."""
        query = urlencode({"account": account, "state": "pending"})
        end = time.monotonic() + seconds
        while self._object("GET", f"/_sim/deliveries?{query}")["deliveries"]:
            if time.monotonic() > end:
                raise TimeoutError(f"Webhooks of {account} are still pending after {seconds} s")
            time.sleep(0.02)

    def get_json(self, path: str) -> Any:
        return self._call("GET", path)

    def _ledger(self, account: str) -> Json:
        return self._object("GET", f"/_sim/ledger?{urlencode({'account': account})}")

    def _object(
        self, method: str, path: str, body: Json | None = None, form: Json | None = None
    ) -> Json:
        answer: Json = self._call(method, path, body, form)
        return answer

    def _call(
        self, method: str, path: str, body: Json | None = None, form: Json | None = None
    ) -> Any:
        content = json.dumps(body) if body is not None else urlencode(form or {})
        kind = "application/json" if body is not None else "application/x-www-form-urlencoded"
        request = Request(
            self.base_url + path,
            data=content.encode() if content else None,
            headers={"Content-Type": kind},
            method=method,
        )
        try:
            with urlopen(request, timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            answer = json.load(error)
            error.close()
            if path.startswith("/v1/"):
                return answer
            raise ValueError(f"{method} {path}: {answer['error']}") from None

    def _end(self, how: str) -> None:
        process = self.process
        if process is None:
            return
        getattr(process, how)()
        process.wait(STOP_SECONDS)
        if process.stdout:
            process.stdout.close()
        self.process = None
