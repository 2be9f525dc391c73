"""What can go wrong while a file is read: the whole file, or one cell of it."""


class CsvUnreadable(Exception):
    """The file as a whole cannot be imported; the text says why, for the person who made it."""


class CellRefused(ValueError):
    """One cell holds something that must not be imported as it is.

    `code` is stable and meant for programs, the text is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
