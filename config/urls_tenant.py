"""What a shop's host answers."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from apps.shared.api.problems import unknown_address
from apps.shared.ids import register_path_converters
from config.admin_sites import shop_admin

register_path_converters()

# The first match counts, and each miss costs time: what is asked for most comes first.
_APPS = (
    "catalog",
    "checkout",
    "cart",
    "payments",
    "shipping",
    "orders",
    "customers",
    "finance",
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include([path("", include(f"apps.{app}.api.urls")) for app in _APPS])),
    path("api/v1/", include("config.reference.urls")),
    # Who opens the printed address in a browser wants to know what is here.
    path("", RedirectView.as_view(url="/api/v1/docs")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/password/", include("apps.staff.admin.password")),
    path("admin/", shop_admin.urls),
    # Last: whatever else is asked for. With DEBUG, Django would answer with a page of its own.
    re_path(r"", unknown_address),
]

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.page_not_found"
handler500 = "config.error_pages.server_error"
