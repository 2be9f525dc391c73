from apps.shared.errors import NotFound


class ShippingMethodNotFound(NotFound):
    """There is no such shipping method, or it is not offered any more."""

    code = "shipping_method_not_found"
