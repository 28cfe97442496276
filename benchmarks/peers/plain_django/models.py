"""The whole data model of the plain peer: one row a counter."""

from __future__ import annotations

from django.db import models, transaction


class Counter(models.Model):
    """A named count. Rows are made on first use."""

    key = models.CharField(max_length=200, unique=True)
    count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"

    @classmethod
    def increment(cls, key: str, amount: int) -> int:
        """Add under a row lock; return the new count once it is committed."""
        with transaction.atomic():
            counter, _ = cls.objects.select_for_update().get_or_create(key=key)
            counter.count += amount
            counter.save(update_fields=["count"])
        return counter.count

    @classmethod
    async def read(cls, key: str) -> int:
        """The committed count; 0 for a key that nobody incremented."""
        return await cls.objects.filter(key=key).values_list("count", flat=True).afirst() or 0
