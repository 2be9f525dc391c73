"""Days, in the documents' own language."""

from datetime import date

from django.utils import formats, translation


def day_text(day: str) -> str:
    """An ISO date with its month by name, not to be misread anywhere: "4 March 2026"."""
    with translation.override("en"):
        return formats.date_format(date.fromisoformat(day), "j F Y", use_l10n=False)
