"""Answering a repeated request with the answer it got the first time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dealrail.accounts.actor import Actor
from dealrail.accounts.errors import KeyReused
from dealrail.accounts.models import IdempotentAnswer

KEPT_FOR = timedelta(days=1)
LASTING_FOR = timedelta(days=90)
LASTING = "lasting:"
BATCH = 500
FIRST_REFUSAL = 400


@dataclass(frozen=True)
class Answer:
    """What a request was answered with; `replayed` says that nothing was done this time."""

    status: int
    body: str
    replayed: bool = False


@transaction.atomic
def answer_once(
    *, actor: Actor, key: str, fingerprint: str, answer: Callable[[], Answer], lasting: bool = False
) -> Answer:
    """Answer a request under a key the actor made up, once: asked again, the first answer is given again.

    A `lasting` answer is kept for ninety days instead of one: for what a phone may send again after a long journey.

    The key is kept in the transaction of what `answer` does, so that both happen or neither; a second request at the
    same time waits. A refusal (status 400 and up) is not kept and undoes everything. Raises KeyReused for another
    request under the same key.
    """
    key, kept_for = (f"{LASTING}{key}", LASTING_FOR) if lasting else (key, KEPT_FOR)
    mine = IdempotentAnswer.objects.filter(user=actor.user_id, key=key)
    mine.filter(created_at__lt=timezone.now() - kept_for).delete()
    kept, is_new = mine.get_or_create(user_id=actor.user_id, key=key, defaults={"fingerprint": fingerprint})
    if not is_new:
        return _replayed(kept, fingerprint)
    answered = answer()
    if answered.status >= FIRST_REFUSAL:
        transaction.set_rollback(True)
        return answered
    mine.update(status=answered.status, body=answered.body)
    return answered


def _replayed(kept: IdempotentAnswer, fingerprint: str) -> Answer:
    if kept.fingerprint != fingerprint or kept.status is None:
        raise KeyReused()
    return replace(Answer(kept.status, kept.body), replayed=True)


@transaction.atomic
def forget_old_answers(*, actor: Actor) -> int:
    """Drop a batch of answers kept for long enough, and tell how many; ids grow with time, so the oldest come first."""
    now, rows = timezone.now(), IdempotentAnswer.objects.order_by("pk").values_list("pk", "created_at")
    old = _older(rows.exclude(key__startswith=LASTING), now - KEPT_FOR)
    old += _older(rows.filter(key__startswith=LASTING), now - LASTING_FOR)
    if old:
        IdempotentAnswer.objects.filter(pk__in=old).delete()
    return len(old)


def _older(rows: "QuerySet[Any, tuple[int, datetime]]", limit: datetime) -> list[int]:
    return [pk for pk, created_at in rows[:BATCH] if created_at < limit]
