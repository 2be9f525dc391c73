"""Which numbers a restored shop's documents get."""

from apps.finance import services
from apps.finance.states import DocumentKind
from tenants.restoring import RestoredShop, settles_restored_shops


@settles_restored_shops
def go_on_after_lost_numbers(shop: RestoredShop) -> None:
    """Those that somebody knows to have been given out since the backup are not given again."""
    for (kind, year), last_number in shop.last_numbers.items():
        services.skip_lost_numbers(
            kind=DocumentKind(kind), year=year, last_number=last_number, now=shop.restored_at
        )
