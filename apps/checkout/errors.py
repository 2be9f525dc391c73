from apps.shared.errors import Conflict


class PriceChanged(Conflict):
    """A price is not the one that was shown; send the new total to accept it."""

    code = "price_changed"


class NotForSale(Conflict):
    """Something in the cart is not for sale any more."""

    code = "not_for_sale"
