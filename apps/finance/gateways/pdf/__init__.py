from .issued import render_credit_note, render_invoice

__all__ = ["render_credit_note", "render_invoice"]
