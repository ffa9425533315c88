"""Deals, the words they are found by, and who works on them besides the owner."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from dealrail.accounts.models import User
from dealrail.crm.models.catalog import Pool, Product, Region, Source
from dealrail.crm.models.customers import Customer
from dealrail.process.models import Definition, Run, Stage
from dealrail.process.rules import State

UNDER_WAY = Q(stage_now__isnull=False, deleted_at__isnull=True)
_COUNTED = (*("owner", "won_by", "pool", "run", "state", "amount", "stage_since", "last_follow_up_at", "created_at"),)


class Deal(models.Model):
    """One chance to sell, from lead to last payment; its walk through the process is its run.

    `won_by` owned it when it was won, whoever delivers it now. With `deleted_at` it lies in the recycle bin.
    `state`, `stage_now` and `stage_since` repeat its run, so that one index finds what is under way of whom; when the
    run moves the database itself writes them. `stage_now` is empty for what is lost, parked or finished.
    """

    name = models.CharField(max_length=160)
    code = models.CharField(max_length=60, blank=True)
    run: "models.OneToOneField[Any, Run]" = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="deal")
    state = models.CharField(max_length=8, choices=[(state.value, state.value) for state in State], default=State.OPEN)
    stage_now: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Stage, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    stage_since = models.DateTimeField(null=True)
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="deals", db_index=False
    )
    product: "models.ForeignKey[Any, Any]" = models.ForeignKey(Product, on_delete=models.PROTECT, null=True)
    region: "models.ForeignKey[Any, Any]" = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    source: "models.ForeignKey[Any, Any]" = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    expected_close = models.DateField(null=True)
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="deals", db_index=False
    )
    pool: "models.ForeignKey[Any, Any]" = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True)
    last_owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    won_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    extra = models.JSONField(default=dict)
    custom = models.JSONField(default=dict)
    loss_reason = models.CharField(max_length=40, blank=True)
    loss_note = models.CharField(max_length=500, blank=True)
    last_follow_up_at = models.DateTimeField(null=True)
    next_step_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    deleted_at = models.DateTimeField(null=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code="") & Q(deleted_at__isnull=True), name="deal_code_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="deal_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(pool__isnull=True), name="deal_owned_or_in_pool"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="deal_by_owner"),
            models.Index(fields=["customer", "-id"], name="deal_by_customer"),
            models.Index(fields=["created_at", "id"], name="deal_by_created"),
            models.Index(fields=["deleted_at"], name="deal_deleted", condition=Q(deleted_at__isnull=False)),
            models.Index(Upper("name"), name="deal_by_upper_name"),
            models.Index(
                fields=["owner", "stage_now", "next_step_at", "id"], name="deal_under_way", condition=UNDER_WAY
            ),
            models.Index(fields=["won_by"], name="deal_delivered", condition=UNDER_WAY & Q(won_by__isnull=False)),
            # holds all that the board counts, sums and decides by, so that the deals themselves aren't read
            models.Index(
                fields=["stage_now", "next_step_at", "id", *_COUNTED], name="deal_on_board", condition=UNDER_WAY
            ),
            models.Index(
                fields=["created_at", "id"], name="deal_open", condition=Q(state=State.OPEN, deleted_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def follow(self, run: Run) -> None:
        """Run through this run and repeat where it stands, without saving; asked once, when the deal is made."""
        is_under_way = run.state in {State.OPEN, State.WON} and run.finished_at is None
        self.run, self.state, self.stage_since = run, run.state, run.stage_entered_at
        self.stage_now_id = run.stage_id if is_under_way else None


class DealWords(models.Model):
    """What a deal is found by; its customer's words stand with the customer."""

    deal: "models.OneToOneField[Any, Deal]" = models.OneToOneField(
        Deal, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    words = models.TextField()

    def __str__(self) -> str:
        return f"words of deal {self.pk}"


class Collaborator(models.Model):
    """Somebody besides the owner (协作人) who may read a deal, or work on it too."""

    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, related_name="collaborators", db_index=False
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    may_write = models.BooleanField(default=False)
    added_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "user"], name="collaborator_once_per_deal")]
        indexes = [models.Index(fields=["user", "deal"], name="collaborator_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} works on deal {self.deal_id}"


class HandOver(models.Model):
    """A deal given to its next owner, as with a stage of another department, and what they were told.

    `handed_at` is empty while the move still waits for approval; the card is shown until `seen_at`.
    """

    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(
        Deal, on_delete=models.CASCADE, related_name="hand_overs", db_index=False
    )
    to_user: "models.ForeignKey[Any, User]" = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    from_user: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    to = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal"], condition=Q(handed_at__isnull=True), name="one_waiting_hand_over_per_deal"
            ),
        ]
        indexes = [models.Index(fields=["deal", "seen_at"], name="hand_over_by_deal")]

    def __str__(self) -> str:
        return f"deal {self.deal_id} handed to {self.to_user_id}"


class HandOverTurn(models.Model):
    """Who got the last deal of those that the people of a role get in turns, in a stage of a process."""

    definition: "models.ForeignKey[Any, Definition]" = models.ForeignKey(
        Definition, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    stage = models.CharField(max_length=40)
    last: "models.ForeignKey[Any, User]" = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["definition", "stage"], name="one_turn_per_stage")]

    def __str__(self) -> str:
        return f"turn of stage {self.stage}: after user {self.last_id}"
