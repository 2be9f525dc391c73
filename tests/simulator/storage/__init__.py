"""Everything the simulator must not forget, in one SQLite file."""
