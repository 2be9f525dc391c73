"""Runs Galleria on one machine: embedded PostgreSQL and Valkey, `up`, `test` and `services`.

Standard library only, and no Django: everything here works before the settings can load.
"""
