"""What must be true of refunds."""

from . import amounts, course, effects

__all__ = ["amounts", "course", "effects"]
