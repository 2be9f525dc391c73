from django.urls import path

from apps.payments.api import views

urlpatterns = [path("webhooks/<slug:provider>", views.Webhook.as_view(), name="webhook")]
