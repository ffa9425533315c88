"""Deals, the words they are found by, and who works on them besides the owner."""

from typing import Any

from django.db import models
from django.db.models import Q

from dealrail.accounts.models import User
from dealrail.crm.models.catalog import Pool, Product, Region, Source
from dealrail.crm.models.customers import Customer
from dealrail.process.models import Run


class Deal(models.Model):
    """One chance to sell, from lead to last payment; its walk through the process is its run.

    `won_by` owned it when it was won, whoever delivers it now. With `deleted_at` it lies in the recycle bin.
    """

    name = models.CharField(max_length=160)
    code = models.CharField(max_length=60, blank=True)
    run: "models.OneToOneField[Any, Run]" = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="deal")
    customer: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="deals"
    )
    product: "models.ForeignKey[Any, Any]" = models.ForeignKey(Product, on_delete=models.PROTECT, null=True)
    region: "models.ForeignKey[Any, Any]" = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    source: "models.ForeignKey[Any, Any]" = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    expected_close = models.DateField(null=True)
    owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="deals"
    )
    pool: "models.ForeignKey[Any, Any]" = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True)
    last_owner: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    won_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    extra = models.JSONField(default=dict)
    loss_reason = models.CharField(max_length=40, blank=True)
    loss_note = models.CharField(max_length=500, blank=True)
    last_follow_up_at = models.DateTimeField(null=True)
    next_step_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, db_index=True)
    deleted_by: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
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
        ]

    def __str__(self) -> str:
        return self.name


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
        Deal, on_delete=models.CASCADE, related_name="collaborators"
    )
    user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
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

    deal: "models.ForeignKey[Any, Deal]" = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="hand_overs")
    to_user: "models.ForeignKey[Any, User]" = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_user: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
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
