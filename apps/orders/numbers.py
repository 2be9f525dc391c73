"""Order numbers: readable, and telling nobody how much a shop sells."""

import secrets

# No 0/O, 1/I/L, U: these get confused when read out.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP = 5


def new_order_number() -> str:
    """Two groups of five, e.g. `7KQ4M-X2P9D`: 5.9e14 possibilities, unique per shop."""
    base = len(ALPHABET)
    drawn = secrets.randbelow(base ** (2 * _GROUP))
    letters = "".join(ALPHABET[drawn // base**place % base] for place in range(2 * _GROUP))
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"
