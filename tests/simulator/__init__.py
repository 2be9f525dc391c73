"""Payment providers and a mail sink that run on the developer's own machine.

Started with ``python -m tests.simulator``. Nothing of the product is imported here, and the
product never imports this package: they meet over HTTP and SMTP only.
"""
