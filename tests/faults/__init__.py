"""The fault harness: the real processes under load, one fault at a time, and what holds after it.

`manage.py faults --seeds N [--from S] [--fault NAME]`; see docs/reliability.md.
"""
