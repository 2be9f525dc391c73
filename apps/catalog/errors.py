from apps.shared.errors import Conflict, NotFound


class ProductNotFound(NotFound):
    """There is no such product."""

    code = "product_not_found"


class VariantNotFound(NotFound):
    """There is no such variant, or it is not for sale."""

    code = "variant_not_found"


class OptionsChanged(Conflict):
    """The product has variants with other options, and they are not named."""

    code = "options_changed"
