"""What the database engine refuses."""


class OutsideTransaction(RuntimeError):
    """A statement of a shop that would depend on what a session remembers: it needs a transaction.

    Behind a pooler the next statement may run on another session, which worked for another shop.
    """
