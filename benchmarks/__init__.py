"""Measurements, run by `manage.py bench NAME` on servers of their own."""
