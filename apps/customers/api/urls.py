from django.urls import path

from .views import Customers, LogIn, LogOut, Me

urlpatterns = [
    path("customers", Customers.as_view(), name="customers"),
    path("customers/login", LogIn.as_view(), name="customer-login"),
    path("customers/logout", LogOut.as_view(), name="customer-logout"),
    path("customers/me", Me.as_view(), name="customer-me"),
]
