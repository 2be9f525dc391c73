"""What must be true of refunds, and of what was taken back."""

from . import amounts, course, disputes, effects

__all__ = ["amounts", "course", "disputes", "effects"]
