from django.urls import path

from apps.payments.api import views
from apps.payments.gateways import providers

urlpatterns = [
    path(
        f"webhooks/{provider}",
        views.Webhook.as_view(provider=provider),
        name=f"webhook-{provider}",
    )
    for provider in providers()
]
