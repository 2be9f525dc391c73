"""What tests ask of the simulator's PayPal, Razorpay and Bakong, account by account."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.simulator.running import RunningSimulator

Json = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """One account at one provider, seen from the other side: its payers, its merchant, its bank."""

    simulator: RunningSimulator
    account: str
    provider = ""

    def faults(self, **faults: Any) -> Json:
        """Set the account's faults: ``webhooks={…}``, ``api=[{…}]``, ``refunds={…}``."""
        return self._post(f"/_sim/accounts/{self.account}/faults?provider={self.provider}", faults)

    def clear_faults(self) -> None:
        path = f"/_sim/accounts/{self.account}/faults?provider={self.provider}"
        self._call("DELETE", path, {})

    def events(self) -> list[Json]:
        """Every event of the account, the oldest first, as it is sent."""
        found: list[Json] = self._call("GET", self._path("events"), None)
        return found

    def _path(self, rest: str) -> str:
        return f"/_sim/{self.provider}/{self.account}/{rest}"

    def _post(self, path: str, body: Json) -> Json:
        answer: Json = self._call("POST", path, body)
        return answer

    def _call(self, method: str, path: str, body: Json | None) -> Any:
        request = Request(
            self.simulator.base_url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urlopen(request, timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            answer = json.load(error)
            error.close()
            raise ValueError(f"{method} {path}: {answer}") from None


class PayPalDesk(Desk):
    provider = "paypal"

    @property
    def values(self) -> Json:
        """With what the account's app is opened."""
        return {
            "environment": "sandbox",
            "client_id": f"client_{self.account}",
            "client_secret": f"secret_{self.account}",
        }

    def approve(self, order: str, **choice: Any) -> Json:
        """The payer agrees; ``instrument`` and ``takes`` as in ``providers/paypal/payer.py``."""
        return self._post(self._path(f"orders/{order}/approve"), choice)

    def capture(self, order: str, amount: Json | None = None) -> Json:
        """The merchant captures what is held, finally: all, or PayPal's own kind of amount."""
        wanted = {**_amount(amount), "final_capture": True}
        return self._post(self._path(f"orders/{order}/capture"), wanted)

    def void(self, order: str) -> Json:
        """The merchant frees what is held."""
        return self._post(self._path(f"orders/{order}/void"), {})

    def refund(self, capture: str, amount: Json | None = None, *, fee_returned: str = "") -> Json:
        """A refund in the dashboard: all that is left, or PayPal's ``{currency_code, value}``;
        PayPal may give back some of its fee."""
        wanted = {**_amount(amount), **({"fee_returned": fee_returned} if fee_returned else {})}
        return self._post(self._path(f"captures/{capture}/refund"), wanted)

    def decide_refund(self, refund: str, status: str) -> Json:
        return self._post(self._path(f"refunds/{refund}"), {"status": status})

    def dispute(self, capture: str, amount: Json | None = None) -> Json:
        """The payer wants the money back."""
        return self._post(self._path(f"captures/{capture}/dispute"), _amount(amount))

    def decide_dispute(self, dispute: str, status: str, outcome: str = "") -> Json:
        """``status`` and ``outcome`` as in ``providers/paypal/disputes.py``."""
        wanted = {"status": status, **({"outcome": outcome} if outcome else {})}
        return self._post(self._path(f"disputes/{dispute}"), wanted)

    def redeliver(self, event: str) -> Json:
        return self._post(self._path(f"events/{event}/redeliver"), {})


class RazorpayDesk(Desk):
    provider = "razorpay"
    webhook_secret = "a secret of the tests"

    @property
    def values(self) -> Json:
        """With what the account is opened."""
        return {
            "key_id": f"rzp_test_{self.account}",
            "key_secret": f"secret_{self.account}",
            "webhook_secret": self.webhook_secret,
        }

    def add_webhook(self, url: str) -> Json:
        """As the merchant does in the dashboard."""
        return self._post(self._path("webhooks"), {"url": url, "secret": self.webhook_secret})

    def pay(self, order: str, **choice: Any) -> Json:
        """The shopper pays; ``outcome`` and ``amount`` as in ``providers/razorpay/checkout.py``."""
        return self._post(self._path(f"orders/{order}/pay"), choice)

    def refund(self, payment: str, amount: int | None = None, *, speed: str = "normal") -> Json:
        """A refund in the dashboard: all that is left, or ``amount`` of the smallest unit. With
        ``speed`` optimum it arrives at once, for a fee."""
        wanted = {**_amount(amount), "speed": speed}
        return self._post(self._path(f"payments/{payment}/refund"), wanted)

    def dispute(self, payment: str, amount: int | None = None) -> Json:
        """The payer goes to their bank."""
        return self._post(self._path(f"payments/{payment}/dispute"), _amount(amount))

    def decide_dispute(self, dispute: str, status: str) -> Json:
        return self._post(self._path(f"disputes/{dispute}"), {"status": status})

    def decide_refund(self, refund: str, status: str) -> Json:
        return self._post(self._path(f"refunds/{refund}"), {"status": status})

    def settle(self, adjustment: int = 0) -> Json:
        """Razorpay sends to the bank what came and went; ``adjustment`` corrects it, in paise."""
        return self._post(self._path("settle"), {"adjustment": adjustment})


class BakongDesk(Desk):
    provider = "bakong"

    @property
    def email(self) -> str:
        return f"{self.account}@merchant.example"

    @property
    def values(self) -> Json:
        """With what the account is opened."""
        return {
            "token": self.token(),
            "email": self.email,
            "bakong_account": "apparel@bank",
            "merchant_name": "Apparel",
            "merchant_city": "Phnom Penh",
        }

    def token(self, seconds: float | None = None) -> str:
        """A token of the account; ``seconds`` is how long it lives, 90 days if not told."""
        wanted = {} if seconds is None else {"seconds": seconds}
        return str(self._post(self._path("token"), wanted)["token"])

    def pay(self, code: str, **choice: Any) -> Json:
        """A banking app scans the code; ``outcome`` and ``amount`` as in its ``provider.py``."""
        return self._post(self._path("pay"), {"qr": code, **choice})


def _amount(amount: Any) -> Json:
    return {} if amount is None else {"amount": amount}
