"""The simulator, put together."""

from pathlib import Path

from tests.simulator.control.faults import FaultBook
from tests.simulator.control.pages import Control
from tests.simulator.mail.pages import MailPages
from tests.simulator.mail.sink import MailSink
from tests.simulator.mail.store import MailStore
from tests.simulator.providers.bakong.provider import Bakong
from tests.simulator.providers.later import Later
from tests.simulator.providers.paypal.provider import PayPal
from tests.simulator.providers.provider import Provider
from tests.simulator.providers.razorpay.provider import Razorpay
from tests.simulator.providers.stripe.provider import Stripe
from tests.simulator.storage.database import Database
from tests.simulator.web.message import NotThere, Request, Response
from tests.simulator.web.router import Router
from tests.simulator.web.server import Server
from tests.simulator.webhooks.dispatcher import Dispatcher

Address = tuple[str, int]


class Simulator:
    """One process: the providers' API, their webhooks, and a mail server that delivers nowhere."""

    def __init__(self, data: Path, http: Address, smtp: Address) -> None:
        database = Database(data)
        faults = FaultBook(database)
        self._router = Router()
        self.server = Server(http, self._answer)
        common = (database, faults, self._announce, self.server.stopping.wait)
        providers: tuple[Provider, ...] = (
            PayPal(*common, data=data, base_url=self._base_url),
            Razorpay(*common),
            Bakong(*common),
            # The last one: its paths have no prefix of their own.
            Stripe(*common),
        )
        self._providers = {one.name: one for one in providers}
        signers = {name: provider.sign for name, provider in self._providers.items()}
        self._dispatcher = Dispatcher(database, faults, signers)
        self._later = Later(database, self._providers, self._dispatcher.wake)
        mails = MailStore(database, data / "mail")
        self.sink = MailSink(mails, smtp)
        routes = [
            *Control(database, faults, self._providers).routes(),
            *MailPages(mails, self.sink).routes(),
        ]
        for provider in self._providers.values():
            routes += provider.routes()
        for route in routes:
            self._router.add(route)

    def start(self) -> None:
        self.sink.start()
        self._dispatcher.start()
        self._later.start()
        self.server.start()

    def stop(self) -> None:
        self.server.stop()
        self._later.stop()
        self._dispatcher.stop()
        self.sink.stop()

    def _base_url(self) -> str:
        return f"http://{self.server.server_name}:{self.server.port}"

    def _announce(self) -> None:
        self._dispatcher.wake()
        self._later.wake()

    def _answer(self, request: Request) -> Response:
        route = self._router.find(request)
        if route:
            return route.handler(request)
        for provider in self._providers.values():
            if request.path.startswith(provider.prefixes):
                return provider.not_found(request)
        raise NotThere(f"There is no {request.method} {request.path} here.")
