from django.urls import path

from .views import (
    ArchiveTenant,
    OneTenant,
    RenameTenant,
    RestoreTenant,
    ResumeTenant,
    SuspendTenant,
    Tenants,
)

urlpatterns = [
    path("tenants", Tenants.as_view(), name="tenants"),
    path("tenants/<ten:tenant_id>", OneTenant.as_view(), name="tenant"),
    path("tenants/<ten:tenant_id>/suspend", SuspendTenant.as_view(), name="tenant-suspend"),
    path("tenants/<ten:tenant_id>/resume", ResumeTenant.as_view(), name="tenant-resume"),
    path("tenants/<ten:tenant_id>/archive", ArchiveTenant.as_view(), name="tenant-archive"),
    path("tenants/<ten:tenant_id>/rename", RenameTenant.as_view(), name="tenant-rename"),
    path("tenants/<ten:tenant_id>/restore", RestoreTenant.as_view(), name="tenant-restore"),
]
