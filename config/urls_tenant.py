"""What a shop's host answers."""

from django.urls import include, path

from apps.shared.ids import register_path_converters

register_path_converters()

_APPS = (
    "customers",
    "catalog",
    "shipping",
    "cart",
    "orders",
    "payments",
    "checkout",
    "finance",
)
urlpatterns = [path("api/v1/", include(f"apps.{app}.api.urls")) for app in _APPS]

handler400 = "apps.shared.api.problems.bad_request"
handler403 = "apps.shared.api.problems.permission_denied"
handler404 = "apps.shared.api.problems.page_not_found"
handler500 = "apps.shared.api.problems.server_error"
