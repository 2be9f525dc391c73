"""Two sign-ups at one moment."""

from apps.customers import services
from apps.customers.models import Customer
from apps.shared import clock
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


def test_of_eight_sign_ups_with_one_email_one_succeeds(committed_shop: TestShop) -> None:
    def sign_up(email: str) -> None:
        services.sign_up(email=email, password="correct horse", name="", now=clock.now())

    results = race(
        committed_shop,
        *[lambda email=email: sign_up(email) for email in ("a@example.com", "A@EXAMPLE.COM") * 4],
    )

    assert outcomes(results) == ["EmailTaken"] * 7 + ["ok"]
    assert Customer.objects.count() == 1
