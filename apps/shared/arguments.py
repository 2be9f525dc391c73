"""What commands accept on their line, told in one message when it cannot be meant."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Final

# More rows than anybody reads, and no number that a database would not take.
MOST_ROWS: Final = 1_000_000


def whole_number(*, least: int, most: int) -> Callable[[str], int]:
    """A type for argparse: a whole number in ASCII digits in [least, most]."""

    def read(text: str) -> int:
        bare = text.removeprefix("-")
        is_number = bare.isascii() and bare.isdigit() and len(bare) <= len(str(most))
        if not is_number or not least <= int(text) <= most:
            raise ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return read


SECONDS: Final = whole_number(least=0, most=MOST_ROWS)
ROWS: Final = whole_number(least=1, most=MOST_ROWS)
