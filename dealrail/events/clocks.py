"""What the worker does: deliver owed receipts, and turn the steps that apps register."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from dealrail.events import queries, rules
from dealrail.events.engine import subscriptions
from dealrail.events.models import Horizon, Receipt

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
BATCH = 50
FORGOTTEN_AT_ONCE = 1000

Step = Callable[[], bool]
_steps: dict[str, Step] = {}


def register_step(name: str, step: Step, *, every: timedelta = timedelta(0)) -> None:
    """Have the worker call `step` every turn; it does one bounded piece of work and says whether it did any.

    One that did none is left alone for as long as `every` says.
    """
    _steps[name] = _Seldom(step, every.total_seconds()) if every else step


@dataclass
class _Seldom:
    step: Step
    seconds: float
    next: float = 0.0

    def __call__(self) -> bool:
        if time.monotonic() < self.next:
            return False
        more = self.step()
        self.next = 0.0 if more else time.monotonic() + self.seconds
        return more


def turn() -> bool:
    """Do one bounded round of everything that is due; True when there may be more to do at once."""
    return any([deliver_batch() > 0, *[step() for step in _steps.values()]])


def drain() -> None:
    """Turn until nothing is due any more."""
    while turn():
        pass


def deliver_batch() -> int:
    """Lease up to a batch of owed receipts and deliver each in its own transaction; return how many were leased."""
    lease = str(uuid.uuid4())
    receipts = _take_lease(lease, timezone.now())
    for receipt in receipts:
        _deliver(receipt, lease)
    return len(receipts)


@transaction.atomic
def _take_lease(lease: str, now: datetime) -> list[Receipt]:
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    skip = transaction.get_connection().features.has_select_for_update_skip_locked
    due = Receipt.objects.filter(free, state=Receipt.State.OWED, due_at__lte=now).select_related("event")
    receipts = list(due.select_for_update(of=("self",), skip_locked=skip).order_by("due_at", "pk")[:BATCH])
    ids = [receipt.pk for receipt in receipts]
    Receipt.objects.filter(pk__in=ids).update(lease=lease, leased_until=now + LEASE)
    return sorted(receipts, key=lambda receipt: receipt.event_id)


def forget_receipts() -> bool:
    """Delete a batch of what was done long ago; the log itself stays. True when there may be more.

    The oldest have the lowest keys, so that a look at the first few tells, and nothing else is read.
    """
    done = Receipt.objects.filter(state=Receipt.State.DONE).order_by("pk")
    oldest = list(done.values_list("pk", "due_at")[:FORGOTTEN_AT_ONCE])
    until = timezone.now() - rules.RECEIPTS_KEPT_FOR
    old = [pk for pk, due_at in oldest if due_at < until]
    Receipt.objects.filter(pk__in=old).delete()
    return bool(old)


# One statement both checks that the receipt is still ours and locks it until the reaction is done.
_DONE = """
    UPDATE events_receipt SET state = 'done', attempts = attempts + 1, leased_until = NULL, last_error = ''
    WHERE id = %s AND lease = %s AND state = 'owed'
"""


def _deliver(receipt: Receipt, lease: str) -> None:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_DONE, [receipt.pk, lease])
                if cursor.rowcount == 0:  # our lease ran out and another worker has it
                    return
            subscriptions[receipt.subscriber].handler(receipt.event)
    except Exception as error:
        log.exception("receipt %s failed", receipt.pk)
        _put_off(receipt.pk, lease, error)


@transaction.atomic
def _put_off(receipt_id: int, lease: str, error: Exception) -> None:
    receipt = Receipt.objects.select_for_update().filter(pk=receipt_id, lease=lease).first()
    if receipt is None:
        return
    receipt.attempts += 1
    receipt.last_error = f"{type(error).__name__}: {error}"[:2000]
    receipt.due_at = timezone.now() + rules.retry_delay(receipt.attempts)
    receipt.leased_until = None
    if receipt.attempts >= rules.MAX_ATTEMPTS:
        receipt.state = Receipt.State.FAILED
    receipt.save(update_fields=["attempts", "last_error", "due_at", "leased_until", "state"])


def move_horizon() -> bool:
    """Move the horizon of the log on to its mark, once nothing can appear before that, and set the next mark.

    Nothing to do on SQLite, which has no horizon, and while nothing new was written. Always False: the next mark needs
    a moment.
    """
    if connection.vendor == "postgresql":
        latest = queries.latest()  # before this has a transaction of its own, so that all up to there have older ones
        if not Horizon.objects.filter(event_id__gte=latest).exists():
            _move_horizon(latest)
    return False


@transaction.atomic
def _move_horizon(latest: int) -> None:
    Horizon.objects.get_or_create(pk=1)
    horizon = Horizon.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if horizon and queries.have_ended(horizon.mark_xid):
        Horizon(pk=1, event_id=horizon.mark_id, mark_id=latest, mark_xid=queries.own_transaction()).save()


def connect() -> None:
    """Register with the worker; called once when Django is ready."""
    register_step("events.move_horizon", move_horizon, every=timedelta(seconds=1))
    register_step("events.forget_receipts", forget_receipts, every=timedelta(hours=1))
