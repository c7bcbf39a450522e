"""Somebody asked for a new password."""

from django.db import models


class ResetRequest(models.Model):
    """An address typed on the page "Set a new password", until a worker has looked whose it is.

    The page does the same for every address and so tells nobody which of them are known.
    """

    address = models.CharField(max_length=254)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"reset request {self.pk}"
