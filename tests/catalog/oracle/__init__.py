"""What the API shows of products, made with models and Python: the obvious version, to which the
one in SQL is held (tests/catalog/test_against_oracle.py)."""
