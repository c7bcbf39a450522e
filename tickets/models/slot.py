"""Who runs a periodic job: beat may run any number of times, one row per job and due time decides."""

from django.db import models


class JobSlot(models.Model):
    job = models.CharField(max_length=64)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "due_at"], name="one_run_per_slot")]

    def __str__(self) -> str:
        return f"{self.job} {self.due_at:%Y-%m-%d %H:%M:%S}"
