"""A mail server that keeps every mail and sends none."""
