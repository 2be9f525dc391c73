"""The web server's entry: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django is set up only now

from config.bodies import MeasuredBodies  # noqa: E402

application = MeasuredBodies(_django, longest=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
