"""How much a cart holds."""

MAX_LINES = 200
MAX_QUANTITY = 9_999  # of one variant; a check constraint repeats it
