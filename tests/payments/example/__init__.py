"""A fifth provider, as small as can be: a folder and one registration (the guide quotes it)."""
