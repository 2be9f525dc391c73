from django.urls import path

from apps.shipping.api import views

urlpatterns = [path("shipping-methods", views.ShippingMethods.as_view(), name="shipping-methods")]
