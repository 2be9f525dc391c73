"""An app with one table, to which `bench fleet` adds a column at a time."""
