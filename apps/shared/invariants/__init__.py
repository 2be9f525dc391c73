"""Whether what must be true of a shop's data is true, asked of the data themselves.

`declare` is what an app's `invariants.py` uses, `examine` asks, `results` keeps what was found,
`alerts` tells of it and `gauges` shows it to Prometheus. docs/runbooks/invariants.md lists all.
"""
