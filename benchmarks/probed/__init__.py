"""An event type and a handler for `bench events`; the product does not have them."""
