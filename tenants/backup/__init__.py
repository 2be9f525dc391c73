"""One shop as one file: data, structure, files; compressed, encrypted, checked (ADR 35)."""
