"""What the platform's host answers."""

from django.urls import URLPattern, URLResolver

from apps.shared.ids import register_path_converters

register_path_converters()

urlpatterns: list[URLPattern | URLResolver] = []

handler400 = "apps.shared.api.problems.bad_request"
handler403 = "apps.shared.api.problems.permission_denied"
handler404 = "apps.shared.api.problems.page_not_found"
handler500 = "apps.shared.api.problems.server_error"
