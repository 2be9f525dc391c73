"""What the billing app hands to those above it."""

from enum import StrEnum


class Limit(StrEnum):
    """The features of plans that code asks for as limits."""

    MAX_PRODUCTS = "max_products"
    MAX_ORDERS_PER_MONTH = "max_orders_per_month"
    MAX_STAFF = "max_staff"
    MAX_LOCATIONS = "max_locations"
