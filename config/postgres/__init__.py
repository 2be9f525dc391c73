"""The database engine: django-tenants' own, with a pool that forgets all at once what broke."""
