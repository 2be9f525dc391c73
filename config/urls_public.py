"""What the platform's host answers."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from apps.shared.api.problems import unknown_address
from apps.shared.ids import register_path_converters

register_path_converters()

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("config.reference.urls")),
    re_path(r"^api/", unknown_address),
]

handler400 = "apps.shared.api.problems.bad_request"
handler403 = "apps.shared.api.problems.permission_denied"
handler404 = "apps.shared.api.problems.page_not_found"
handler500 = "apps.shared.api.problems.server_error"
