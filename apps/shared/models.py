"""What the models of all apps share."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from .ids import new_id, public_id


class Identified(models.Model):
    """A row that the API shows: UUIDv7 inside, a prefixed id outside."""

    id_prefix: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        key: UUID = self.pk
        return public_id(self.id_prefix, key)


def currency_field() -> "models.CharField[str, str]":
    """An ISO 4217 code."""
    return models.CharField(max_length=3)
