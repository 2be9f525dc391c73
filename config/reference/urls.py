from django.urls import path

from .views import OpenApiDocument, ReferencePage

urlpatterns = [
    path("openapi.json", OpenApiDocument.as_view(), name="openapi"),
    path("docs", ReferencePage.as_view(), name="reference"),
]
