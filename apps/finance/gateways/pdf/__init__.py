from .invoice import render_invoice

__all__ = ["render_invoice"]
