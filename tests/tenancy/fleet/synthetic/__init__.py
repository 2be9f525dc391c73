"""An app that only tests have, in two versions. Tables are made by the migrations; the models are
there for content types and permissions.

The second version has every kind of operation that the product's migrations use or may use.
"""
