from django.db import models


class Thing(models.Model):
    name = models.CharField(max_length=20)


class Part(models.Model):
    code = models.CharField(max_length=5)


class Doomed(models.Model):
    pass
