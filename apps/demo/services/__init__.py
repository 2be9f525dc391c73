"""Making the demo."""

from apps.demo.services._ensure_demo import ensure_demo

__all__ = ["ensure_demo"]
