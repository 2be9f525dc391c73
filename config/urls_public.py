"""What the platform's host answers."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from apps.shared.api.problems import unknown_address
from apps.shared.ids import register_path_converters
from config.admin_sites import platform_admin
from config.metrics import metrics

register_path_converters()

urlpatterns: list[URLPattern | URLResolver] = [
    # Who opens the printed address in a browser wants to know what is here.
    path("", RedirectView.as_view(url="/admin/")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", platform_admin.urls),
    path("api/v1/", include("tenants.api.urls")),
    path("api/v1/", include("config.reference.urls")),
    path("metrics", metrics),
    # Last: whatever else is asked for. With DEBUG, Django would answer with a page of its own.
    re_path(r"", unknown_address),
]

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.page_not_found"
handler500 = "config.error_pages.server_error"
