"""The rollup of the funnel: what each deal adds to it, sums of that by month, people, product and region.

All of it is derived and may be thrown away; the worker builds it anew. No foreign keys, so that it never hinders live
data; 0 stands for none.
"""

from django.db import models


class Placed(models.Model):
    """Where in the rollup something counts; `credited` is who won the deal, else who owns it."""

    process = models.CharField(max_length=40)
    month = models.DateField()
    owner = models.BigIntegerField()
    credited = models.BigIntegerField()
    pool = models.BigIntegerField()
    product = models.BigIntegerField()
    region = models.BigIntegerField()

    class Meta:
        abstract = True


class FunnelFact(Placed):
    """What one deal adds to the cells, as it was last folded: by stage, a packed tally."""

    deal_id = models.BigIntegerField(primary_key=True)
    tallies = models.JSONField()

    def __str__(self) -> str:
        return f"deal {self.deal_id} in the funnel"


class FunnelCell(Placed):
    """The sum of all facts of one place and stage; what its level (`rules.LEVELS`) doesn't tell apart is 0."""

    key = models.CharField(max_length=200, primary_key=True)
    level = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=40)
    reached = models.IntegerField()
    here = models.IntegerField()
    moved_on = models.IntegerField()
    due = models.IntegerField()
    waived = models.IntegerField()
    late = models.IntegerField()
    open = models.IntegerField()
    won = models.IntegerField()
    lost = models.IntegerField()
    parked = models.IntegerField()
    open_cents = models.BigIntegerField()
    won_cents = models.BigIntegerField()
    debts = models.IntegerField()
    settled = models.IntegerField()
    tenths = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["process", "level", "credited"], name="cell_by_credited"),
            models.Index(fields=["process", "level", "owner"], name="cell_by_owner"),
            models.Index(fields=["process", "level", "pool"], name="cell_by_pool"),
            models.Index(fields=["process", "level", "product", "region"], name="cell_by_product"),
        ]

    def __str__(self) -> str:
        return self.key


class FunnelState(models.Model):
    """How far the rollup has got; one row.

    Every event up to `folded_to` is in it, none that comes later need be. While it is being built, all deals that began
    up to `built_to` are in it, and nobody reads it. `revision` counts its changes; `rules` names what it was built by.
    """

    rules = models.CharField(max_length=80)
    folded_to = models.BigIntegerField(default=0)
    built_to = models.DateTimeField(null=True)
    is_built = models.BooleanField(default=False)
    revision = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"folded to event {self.folded_to}"
