"""Shops on the running platform, each with a Stripe account of its own at the simulator."""

from dataclasses import dataclass

from apps.payments import services as payments
from apps.payments.models import PaymentAccount
from tests.support.platform import RunningPlatform
from tests.support.shops import TestShop, make_shop, use_shop
from tests.support.storefront import Storefront

PROVIDER = "stripe"
WEBHOOK_PATH = "/api/v1/webhooks/stripe"


@dataclass(frozen=True)
class LiveShop(TestShop):
    """A shop that the processes serve."""

    __test__ = False

    platform: RunningPlatform

    @property
    def storefront(self) -> Storefront:
        return self.platform.storefront(self.domain)

    @property
    def account(self) -> str:
        """The shop's account at the simulator."""
        return self.schema

    @property
    def webhook_secret(self) -> str:
        with use_shop(self):
            secret: str = PaymentAccount.objects.get(provider=PROVIDER).secrets["webhook_secret"]
            return secret


def make_live_shop(platform: RunningPlatform) -> LiveShop:
    """A new shop that takes payments and gets its webhooks. Django must see its database."""
    shop = LiveShop(slug=make_shop().slug, platform=platform)
    with use_shop(shop):
        payments.connect_account(
            provider=PROVIDER,
            values={
                "secret_key": f"sk_test_{shop.account}",
                "publishable_key": f"pk_test_{shop.account}",
            },
            webhook_url=f"http://{shop.domain}:{platform.http_port}{WEBHOOK_PATH}",
        )
    return shop
