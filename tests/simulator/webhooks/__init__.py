"""Signed webhooks: kept in the database until the receiver answered 2xx, then never again."""
