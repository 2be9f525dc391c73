"""Stripe's objects with every field they have, at their resting values."""
