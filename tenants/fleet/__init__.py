"""Bringing every schema to the migrations of this code: public, the template, then the shops.

`journey` takes one schema there step by step, `crew` takes many at once, `graph` knows the order,
`scripts` keeps each migration as the SQL that ran in the template, `records` keeps how each shop
fared. docs/guides/migrations.md says how migrations are written for it, docs/runbooks/fleet.md how
it is run.
"""
