"""Text that others typed, made fit for one line of a mail or a document, or for the database."""

import unicodedata

# Marks that reorder what follows: they can make a name read as something else (UAX 9).
_REORDERING = dict.fromkeys(
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_SEPARATING = frozenset({"Cc", "Zl", "Zp"})


def one_line(text: str) -> str:
    """`text` without control characters, line breaks, reordering marks and repeated spaces.

    Joiners and zero-width spaces stay: Khmer and Persian are spelt with them.
    """
    spaced = (
        " " if unicodedata.category(char) in _SEPARATING else char
        for char in text
        if unicodedata.category(char) != "Cs"
    )
    return " ".join("".join(spaced).translate(_REORDERING).split())


def storable(text: str) -> str:
    """`text` as PostgreSQL can keep it: without NUL, and with a ? for each lone surrogate."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def lines_of(text: str) -> list[str]:
    """The non-empty lines of `text`, each by `one_line`."""
    return [line for line in map(one_line, text.splitlines()) if line]


def shortened_address(address: str) -> str:
    """An address for logs: `a…@example.com` tells where it went, and not to whom."""
    user, _, domain = address.rpartition("@")
    return f"{user[:1]}…@{domain}"
