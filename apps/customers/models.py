"""People who buy."""

from django.db import models
from django.db.models.functions import Lower

from apps.shared.models import Identified


class Customer(Identified):
    """Someone with an account in one shop."""

    id_prefix = "cus"

    email = models.EmailField()
    password = models.CharField(max_length=128, help_text="Hashed by Django's hashers.")
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="customer_email_ci")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.email


class CustomerToken(models.Model):
    """A bearer token of one login; only its SHA-256 is kept."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token {self.pk} of {self.customer_id}"
