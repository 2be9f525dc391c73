"""Who the demo shops are."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

PASSWORD = "galleria-demo"  # noqa: S105 - printed by `manage.py up`, for a machine of one's own
TOP_UP_TO = 25


@dataclass(frozen=True)
class DemoShop:
    """A shop and the product file that it sells from."""

    slug: str
    name: str
    file_name: str
    # Besides Stripe, in the order in which shoppers are offered them.
    others: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        """The real export beside the project when it is there, else a small one of our own."""
        real = Path(settings.BASE_DIR).parent / "shared" / "data" / "shopify" / self.file_name
        if real.exists():
            return real
        return (
            Path(settings.BASE_DIR) / "apps" / "catalog" / "importing" / "samples" / self.file_name
        )

    @property
    def url(self) -> str:
        """Where the shop answers."""
        return f"http://{self.slug}.{settings.PLATFORM_DOMAIN}:{settings.HTTP_PORT}/"

    @property
    def account(self) -> str:
        """Its name at the simulator's providers."""
        return self.slug.replace("-", "_")

    def webhook_url(self, provider: str) -> str:
        """Where a provider tells the shop what happened."""
        return f"{self.url}api/v1/webhooks/{provider}"

    @property
    def owner_email(self) -> str:
        return f"owner@{self.slug}.example"


DEMO_SHOPS = (
    DemoShop("apparel", "Apparel", "apparel.csv", others=("paypal", "razorpay", "bakong")),
    DemoShop("home-and-garden", "Home and Garden", "home-and-garden.csv", others=("paypal",)),
)
PLATFORM_EMAIL = "operator@galleria.example"
