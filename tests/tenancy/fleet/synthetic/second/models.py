from django.db import models


class Item(models.Model):
    title = models.CharField(max_length=40)

    class Meta:
        permissions = [("polish_item", "Can polish item")]


class Part(models.Model):
    code = models.CharField(max_length=5)

    class Meta:
        verbose_name = "piece"
